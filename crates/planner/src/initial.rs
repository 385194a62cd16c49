//! The first `mainstay.toml` of a repository: the name, each service with its folder, and what has to be decided.

use crate::draft;
use model::facts::{Confidence, Facts, ServiceKind};
use model::id::ServiceName;
use model::manifest::file::{ManifestFile, ServiceFile};
use std::collections::BTreeMap;

/// A manifest file with comments by key path (`services.backend`), and the questions a person should answer.
#[derive(Debug, Clone, PartialEq)]
pub struct Initial {
    /// What to write.
    pub file: ManifestFile,
    /// Comments above tables, by their dotted path.
    pub comments: BTreeMap<String, String>,
    /// What is unsure.
    pub questions: Vec<Question>,
}

/// Whether an unsure service shall be deployed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Question {
    /// The service.
    pub service: ServiceName,
    /// What is unsure, as a question.
    pub text: String,
}

/// The first manifest file.
pub fn initial(facts: &Facts) -> Initial {
    let mut file = ManifestFile::default();
    file.name = Some(draft::project_name(facts, &file));
    let mut comments = BTreeMap::new();
    let mut questions = Vec::new();
    for fact in &facts.services {
        let Some(name) = ServiceName::nearest(&fact.name) else { continue };
        let words: Vec<String> = [
            Some(kind_word(fact.kind).to_owned()),
            fact.framework.map(|framework| framework.to_string()),
            fact.start.clone(),
        ]
        .into_iter()
        .flatten()
        .collect();
        comments.insert(format!("services.{name}"), words.join(", "));
        let runnable = fact.start.is_some() || fact.kind == ServiceKind::Static;
        let mut entry = ServiceFile { path: Some(fact.path.clone()), ..ServiceFile::default() };
        if fact.kind == ServiceKind::Job || !runnable {
            entry.ignore = Some(true);
        } else if fact.confidence == Confidence::Maybe {
            entry.ignore = Some(true);
            let text = format!("deploy {name} ({}, {})?", fact.path, words.join(", "));
            questions.push(Question { service: name.clone(), text });
        }
        file.services.insert(name, entry);
    }
    Initial { file, comments, questions }
}

const fn kind_word(kind: ServiceKind) -> &'static str {
    match kind {
        ServiceKind::Web => "web",
        ServiceKind::Worker => "worker",
        ServiceKind::Static => "static site",
        ServiceKind::Job => "job",
        ServiceKind::Scheduler => "scheduler",
    }
}
