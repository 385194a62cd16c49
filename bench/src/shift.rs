//! From "the new release passed the gate" to "every new request is answered by it".

use crate::asking::{Asking, now, old_after};
use crate::nginx::Nginx;
use crate::rollout::Stage;
use crate::table::{Figure, Series, Target};
use crate::{Failure, binary};
use model::plan::Phase;
use scenarios::shop::Plot;
use std::time::Duration;

const ROUNDS: usize = 10;
/// Asking before and after the change.
const MARGIN: Duration = Duration::from_millis(300);

/// Runs the benchmark; the argument is the number of rounds.
pub(crate) fn run(arguments: &[String]) -> Result<(), Failure> {
    let rounds = arguments.first().map_or(Ok(ROUNDS), |rounds| rounds.parse())?;
    let stage = Stage::new(&binary::mainstay()?, &Plot::quick())?;
    let nginx = Nginx::start("v2")?;
    let mut ours = Series::new("mainstay, from the gate");
    let mut theirs = Series::new("nginx -s reload");
    let (mut asked_in_all, mut lost) = (0, [0, 0]);
    for round in 0..rounds {
        let asking = Asking::start(stage.world.entry);
        std::thread::sleep(MARGIN);
        let turn = stage.turn(round)?;
        std::thread::sleep(MARGIN);
        let asked = asking.stop();
        let gate = turn.run.phase_done(Phase::Gate).ok_or("the plan has no gate")?;
        ours.samples.push(old_after(gate.0 as f64, &asked, turn.old));
        asked_in_all += asked.len();
        lost[0] += asked.iter().filter(|asked| asked.answer.is_err()).count();
        if let Some(nginx) = &nginx {
            let (took, failed) = reload(nginx, round)?;
            theirs.samples.push(took);
            lost[1] += failed;
        }
    }
    let mut notes = vec![format!("{asked_in_all} requests asked of mainstay, {} lost", lost[0])];
    let mut series = vec![ours];
    match nginx {
        Some(_) => {
            notes.push(format!("nginx lost {}", lost[1]));
            series.push(theirs);
        }
        None => notes.push("not on this machine: nginx".into()),
    }
    let title = format!("From a healthy new instance to every new request on it, {rounds} rollbacks");
    print!(
        "{}",
        Figure { title: &title, unit: "ms", target: Some(Target(50.0)), series: &series, notes: &notes }
    );
    Ok(())
}

/// From the command to the last old answer; and the requests that were lost.
fn reload(nginx: &Nginx, round: usize) -> Result<(f64, usize), Failure> {
    let [new, old] = if round.is_multiple_of(2) { ["v1", "v2"] } else { ["v2", "v1"] };
    let asking = Asking::start(nginx.address);
    std::thread::sleep(MARGIN);
    let moment = now();
    nginx.change(new)?;
    std::thread::sleep(MARGIN);
    let asked = asking.stop();
    Ok((old_after(moment, &asked, old), asked.iter().filter(|asked| asked.answer.is_err()).count()))
}
