//! `workflow/remote-script`

use crate::rule::{About, Remark, Rule};
use crate::subject::workflow::{Workflow, expressions};
use model::finding::Severity;

pub(super) const RULE: Rule<Workflow> = Rule {
    about: About {
        name: "workflow/remote-script",
        demands: "A script that is fetched is not run unseen: whoever holds its server, or its branch, runs commands in the job, with its \
                  secrets.",
        advice: "use an action at a commit, install a package by its version, or fetch a fixed version and compare its checksum before it runs",
        severity: Severity::Warning,
    },
    check,
};

const SHELLS: [&str; 7] = ["sh", "bash", "zsh", "python", "python3", "node", "perl"];

fn check(workflow: &Workflow) -> Vec<Remark> {
    let scripts = workflow.steps().filter_map(|(_, step)| step.get("run"));
    let lines = scripts.flat_map(expressions::lines).filter(|(_, line)| !line.trim_start().starts_with('#'));
    lines
        .filter_map(|(number, line)| {
            let (address, shell) = piped(line).or_else(|| substituted(line))?;
            Some(Remark::new(workflow.place(number), format!("what `{address}` answers is run by `{shell}`")))
        })
        .collect()
}

/// `curl ADDRESS | bash`
fn piped(line: &str) -> Option<(&str, &str)> {
    let mut parts = line.split('|').map(str::trim);
    let address = parts.by_ref().find_map(fetched)?;
    // A shell that is given a command, as in `| sh -c`, or a program that reads data, is another thing.
    let shell = parts.find_map(|part| {
        let mut words =
            part.split_whitespace().skip_while(|word| matches!(*word, "sudo" | "-E") || word.contains('='));
        let shell = words.next().filter(|word| SHELLS.contains(&word.rsplit('/').next().unwrap_or(word)))?;
        let data = matches!(shell, "python" | "python3" | "node" | "perl");
        let runs = words.next().is_none_or(|word| {
            (word == "-" || word == "-s" || word == "--") || !data && !word.starts_with("-c")
        });
        runs.then_some(shell)
    })?;
    Some((address, shell))
}

/// `bash <(curl ADDRESS)` and `sh -c "$(curl ADDRESS)"`
fn substituted(line: &str) -> Option<(&str, &str)> {
    let (before, inside) = line.split_once("<(").or_else(|| line.split_once("$("))?;
    let mut words = before
        .split(|c: char| c.is_whitespace() || c == '"' || c == '&' || c == ';')
        .filter(|word| !word.is_empty())
        .rev();
    let shell = words.find(|word| !word.starts_with('-')).filter(|word| SHELLS.contains(word))?;
    Some((fetched(inside.trim_start())?, shell))
}

/// The address that a command fetches.
fn fetched(command: &str) -> Option<&str> {
    let command = command.rsplit(['&', ';']).next()?.trim().trim_start_matches("sudo ");
    let fetches = command.starts_with("curl ") || command.starts_with("wget ");
    let words = command.split_whitespace().map(|word| word.trim_matches(['"', '\'', ')']));
    words.into_iter().find(|word| fetches && (word.starts_with("https://") || word.starts_with("http://")))
}

#[cfg(test)]
mod tests {
    use crate::workflow::fixture::steps;

    const RULE: &str = "workflow/remote-script";

    #[test]
    fn fetching_data_passes() {
        let good = "      - run: |\n          curl -fsSL https://x.example/a | tar xz\n          curl https://x.example/a.json | python3 -c 'import json'\n          curl https://x.example/a | grep bash\n          V=$(curl https://x.example/version)\n          echo a | bash\n          # curl https://x.example/a | bash\n";
        assert_eq!(steps(RULE, "push", good), [0; 0]);
    }

    #[test]
    fn running_it_does_not() {
        let bad = "      - run: curl https://x.example/a -o a\n      - run: |\n          set -e; curl -fsSL https://x.example/a.sh | sudo -E bash -s -- -y\n          bash <(curl -s https://x.example/b)\n          sh -c \"$(wget -qO- 'https://x.example/c')\"\n";
        assert_eq!(steps(RULE, "push", bad), [3, 4, 5]);
    }
}
