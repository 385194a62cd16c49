//! Hand edits survive, what people wrote is never touched, and a second run changes nothing.

use planner::files::reconcile::overwrite;
use planner::files::{Decision, GeneratedFile, Outcome, Record, reconcile};
use std::collections::BTreeMap;

const BASE: &str = "one\ntwo\nthree\nfour\nfive\nsix\nseven\n";

fn file(content: &str) -> GeneratedFile {
    GeneratedFile::new("a/Dockerfile", content)
}

fn now(content: &str) -> BTreeMap<String, String> {
    BTreeMap::from([("a/Dockerfile".into(), content.into())])
}

fn recorded(content: &str) -> Record {
    Record { files: now(content), ..Record::default() }
}

fn only(decisions: &[Decision]) -> &Outcome {
    assert_eq!(decisions.len(), 1, "{decisions:?}");
    &decisions[0].outcome
}

#[test]
fn a_new_file_is_written_and_a_second_run_changes_nothing() {
    let wanted = [file(BASE)];
    let (decisions, record) = reconcile(&wanted, &BTreeMap::new(), &Record::default(), true);
    assert_eq!(only(&decisions), &Outcome::Write(BASE.into()));
    let (decisions, again) = reconcile(&wanted, &now(BASE), &record, true);
    assert_eq!((only(&decisions), &again), (&Outcome::Same, &record));
}

#[test]
fn an_edit_and_a_change_of_ours_are_both_kept() {
    let edited = BASE.replace("two", "TWO, by hand");
    let newer = BASE.replace("six", "6");
    let (decisions, record) = reconcile(&[file(&newer)], &now(&edited), &recorded(BASE), true);
    let both = edited.replace("six", "6");
    assert_eq!(only(&decisions), &Outcome::Write(both.clone()));
    // Nothing new to write: the edit alone is no difference.
    let (decisions, again) = reconcile(&[file(&newer)], &now(&both), &record, true);
    assert_eq!((only(&decisions), &again), (&Outcome::Same, &record));
    // The second change after the edit is merged as well.
    let newest = newer.replace("four", "4");
    let (decisions, _) = reconcile(&[file(&newest)], &now(&both), &record, true);
    assert_eq!(only(&decisions), &Outcome::Write(both.replace("four", "4")));
}

#[test]
fn where_both_changed_the_same_line_nothing_is_written() {
    let edited = BASE.replace("two", "by hand");
    let newer = BASE.replace("two", "2");
    let (mut decisions, mut record) = reconcile(&[file(&newer)], &now(&edited), &recorded(BASE), true);
    assert!(matches!(only(&decisions), Outcome::Conflict(text) if text.contains("by hand")));
    assert_eq!(record.files["a/Dockerfile"], BASE, "the ancestor stays until it is resolved");
    let wanted = [file(&newer)];
    assert_eq!(overwrite(&mut decisions, &mut record, &wanted, &["b".into()]), Err("b".into()));
    overwrite(&mut decisions, &mut record, &wanted, &["a/Dockerfile".into()]).unwrap();
    assert_eq!(only(&decisions), &Outcome::Write(newer.clone()));
    assert_eq!(record.files["a/Dockerfile"], newer);
}

#[test]
fn files_of_people_and_files_they_removed_are_left_alone() {
    let (decisions, record) = reconcile(&[file(BASE)], &now("mine\n"), &Record::default(), true);
    assert_eq!(only(&decisions), &Outcome::Theirs);
    assert!(record.files.is_empty());
    let (decisions, _) = reconcile(&[file(BASE)], &BTreeMap::new(), &recorded(BASE), true);
    assert_eq!(only(&decisions), &Outcome::Dropped);
}

#[test]
fn what_is_no_longer_wanted_goes_unless_someone_edited_it() {
    let (decisions, record) = reconcile(&[], &now(BASE), &recorded(BASE), true);
    assert_eq!(only(&decisions), &Outcome::Remove);
    assert!(record.files.is_empty());
    let (decisions, _) = reconcile(&[], &now("edited\n"), &recorded(BASE), true);
    assert_eq!(only(&decisions), &Outcome::Left);
    let (decisions, record) = reconcile(&[], &now(BASE), &recorded(BASE), false);
    assert!(decisions.is_empty(), "a run of some families says nothing of the others");
    assert_eq!(record.files.len(), 1);
}

#[test]
fn a_region_leaves_the_rest_of_the_file_to_people() {
    let region = |content: &str| GeneratedFile::region("README.md", "env", content);
    let readme = |text: &str| BTreeMap::from([("README.md".to_owned(), text.to_owned())]);
    let (decisions, record) = reconcile(&[region("A\n")], &readme("# Shop\n"), &Record::default(), true);
    let written = "# Shop\n\n<!-- mainstay:begin env -->\nA\n<!-- mainstay:end env -->\n";
    assert_eq!(only(&decisions), &Outcome::Write(written.into()));
    let (decisions, record) = reconcile(&[region("A\n")], &readme(written), &record, true);
    assert_eq!(only(&decisions), &Outcome::Same);
    let moved = format!("Intro\n{written}More\n");
    let (decisions, record) = reconcile(&[region("A\nB\n")], &readme(&moved), &record, true);
    assert_eq!(only(&decisions), &Outcome::Write(moved.replace("A\n", "A\nB\n")));
    let (decisions, _) = reconcile(&[region("A\nB\n")], &readme("no region any more\n"), &record, true);
    assert_eq!(only(&decisions), &Outcome::Dropped);
}

#[test]
fn a_digest_that_somebody_renewed_is_in_nobodys_way() {
    let digest = |letter: &str| format!("sha256:{}", letter.repeat(64));
    let text =
        |pin: &str| format!("# base\n\n\nFROM node:22{pin} AS base\nFROM my-node:22@{}\n", digest("f"));
    let (ours, theirs, newest) =
        (format!("@{}", digest("a")), format!("@{}", digest("b")), format!("@{}", digest("c")));
    let edited = text(&theirs).replace("# base", "# base, by hand");
    let pins = BTreeMap::from([("node:22".to_owned(), digest("a"))]);
    let kept = Record { pins, ..recorded(&text(&ours)) };
    for wanted in [newest.as_str(), ""] {
        let mut record = kept.clone();
        let conflict = reconcile(&[file(&text(wanted))], &now(&edited), &record, true).0;
        assert!(matches!(only(&conflict), Outcome::Conflict(_)), "{conflict:?}");
        record.follow(&now(&edited));
        let (decisions, _) = reconcile(&[file(&text(wanted))], &now(&edited), &record, true);
        let both = text(wanted).replace("# base", "# base, by hand");
        assert_eq!(only(&decisions), &Outcome::Write(both));
    }
    // Without anything new, the renewed one stays.
    let (decisions, _) = reconcile(&[file(&text(&ours))], &now(&edited), &kept, true);
    assert_eq!(only(&decisions), &Outcome::Same);
}
