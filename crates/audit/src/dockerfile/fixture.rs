//! What rules over Dockerfiles are tried on.

use crate::Rule;
use crate::subject::dockerfile::Dockerfile;

/// The lines of a Dockerfile of which a rule says something.
pub(super) fn lines(rule: &Rule<Dockerfile>, text: &str) -> Vec<u32> {
    beside(rule, "Dockerfile", text, &[])
}

/// The same of a file with a name, with others beside it.
pub(super) fn beside(rule: &Rule<Dockerfile>, path: &str, text: &str, others: &[&str]) -> Vec<u32> {
    let mut files = vec![(path, text)];
    files.extend(others.iter().map(|other| (*other, "")));
    crate::fixture::lines(rule.about.name, &files)
}

#[test]
fn hostile_files_are_survived() {
    let texts = [
        "FROM",
        "FROM as as as",
        "FROM --platform=\nFROM 0\nCOPY --from=0 a b\nCOPY --from=99999999999999999999 a b",
        "FROM a\nRUN\nCMD\nENTRYPOINT []\nCMD [1]\nCMD [\nHEALTHCHECK\nENV\nENV =\nENV a\nARG =\nUSER\nEXPOSE -\nCOPY <<",
        "FROM a\nRUN <<\nRUN <<A\n",
        "FROM ${A:-${B:-$\nRUN apt-get\nRUN sudo\nRUN |\nRUN ||\nRUN a |\nRUN chmod\nADD\nADD a\nWORKDIR\nWORKDIR \"",
        "\u{feff}# escape=`\nFROM a`\n",
        "\0",
    ];
    for text in texts {
        lines(&super::RULES[0], text);
    }
}
