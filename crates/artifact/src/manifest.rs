//! `mainstay.toml`: read with everything that is wrong at once, written short and commented, changed without touching the rest.

mod contradiction;
mod problem;
mod read;
mod reader;
mod value;
mod write;

pub use problem::Problem;
pub use write::{Comments, patch, print};

use model::manifest::ManifestFile;
use reader::Reader;
use toml_edit::Document;

/// Reads a manifest.
///
/// # Errors
/// Every problem in it, by place. A text that is no TOML has one.
pub fn parse(text: &str) -> Result<ManifestFile, Vec<Problem>> {
    let document = Document::parse(text).map_err(|error| vec![Problem::syntax(text, &error)])?;
    let reader = Reader::new(text, document.as_item());
    let file = read::file(&reader);
    contradiction::check(&reader, &file);
    let problems = reader.into_problems();
    if problems.is_empty() { Ok(file) } else { Err(problems) }
}

/// The JSON schema of the manifest, for editors.
pub fn schema() -> serde_json::Value {
    schemars::schema_for!(ManifestFile).to_value()
}
