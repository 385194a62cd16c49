//! Tests: pytest in its parts, Django's own runner, and what counts how much they reach.

use super::Bench;
use crate::path;
use model::Place;
use model::facts::{CheckKind, Framework};
use std::collections::BTreeSet;

/// Folders and marks of tests that need more than the code.
const APART: &[(&str, CheckKind)] = &[
    ("integration", CheckKind::Integration),
    ("functional", CheckKind::Integration),
    ("e2e", CheckKind::EndToEnd),
    ("end_to_end", CheckKind::EndToEnd),
];

/// How the tests that need nothing but the code are chosen, and those that do.
struct Selection {
    /// Options of pytest; `None` when no tests are left.
    unit: Option<String>,
    apart: Vec<(CheckKind, String)>,
}

pub(super) fn add(bench: &mut Bench<'_>) {
    let files = files(bench);
    if files.is_empty() {
        return;
    }
    let config = bench.setup.pytest();
    let asked = bench
        .development
        .place("pytest")
        .or_else(|| bench.project.dependencies.get("pytest").map(|dependency| dependency.place.clone()));
    let site = bench.service.framework == Some(Framework::Django)
        && bench.context.index.repository.has(&path::join(&bench.service.folder, "manage.py"));
    match config.clone().or(asked) {
        Some(place) => pytest(bench, &files, config.as_ref(), &place),
        None if site => django(bench, &files),
        None => unittest(bench, &files),
    }
}

/// The test modules of the service's project, those in the service's folder where there are any.
fn files(bench: &Bench<'_>) -> Vec<String> {
    let repository = bench.context.index.repository;
    let is_test = |name: &str| {
        name.ends_with(".py")
            && (name.starts_with("test_") || name.ends_with("_test.py") || name == "tests.py")
    };
    let holds_tests = |file: &str| {
        path::file_name(file) != "tests.py"
            || repository.text(file).is_some_and(|text| text.contains("def test"))
    };
    let below = |folder: &str| -> Vec<String> {
        repository
            .under(folder)
            .iter()
            .map(|entry| entry.path.as_str())
            .filter(|file| is_test(path::file_name(file)))
            .filter(|file| {
                bench.context.project(file).is_none_or(|owner| owner.folder == bench.project.folder)
            })
            .filter(|file| holds_tests(file))
            .map(str::to_owned)
            .collect()
    };
    let own = below(&bench.service.folder);
    if own.is_empty() { below(&bench.project.folder) } else { own }
}

fn pytest(bench: &mut Bench<'_>, files: &[String], config: Option<&Place>, place: &Place) {
    let settings = config.map(|place| bench.setup.lines(place)).unwrap_or_default();
    let selection = selection(bench, files, &settings);
    if let Some(unit) = &selection.unit {
        bench.add(CheckKind::Unit, "pytest", &format!("pytest{unit}"), place.clone());
    }
    for (kind, options) in &selection.apart {
        bench.add(*kind, "pytest", &format!("pytest{options}"), place.clone());
    }
    if let Some(unit) = selection.unit.filter(|_| !settings.contains("--cov")) {
        coverage(bench, &unit);
    }
}

/// Counts what the tests reach, where that is set up and is not done every time.
fn coverage(bench: &mut Bench<'_>, unit: &str) {
    if let Some(place) = bench.development.place("pytest-cov") {
        let configured = bench.setup.value("/tool/coverage/run/source").is_some()
            || bench.setup.file(".coveragerc").is_some();
        let target = if configured { String::new() } else { format!("={}", bench.target()) };
        bench.tools.insert("pytest-cov");
        bench.add(CheckKind::Coverage, "pytest", &format!("pytest{unit} --cov{target}"), place);
    } else if let Some(place) = counted(bench) {
        let line = format!("coverage run -m pytest{unit} && coverage report");
        bench.add(CheckKind::Coverage, "coverage", &line, place);
    }
}

/// Where coverage is set up.
fn counted(bench: &Bench<'_>) -> Option<Place> {
    let own = || bench.setup.file(".coveragerc").map(|file| Place::new(file, 1));
    bench
        .setup
        .table("/tool/coverage")
        .or_else(own)
        .or_else(|| bench.setup.section("setup.cfg", "coverage:run"))
        .or_else(|| bench.development.place("coverage"))
}

fn selection(bench: &Bench<'_>, files: &[String], settings: &str) -> Selection {
    let folder = bench.service.folder.as_str();
    let inside = |file: &str| path::relative(file, folder).map(str::to_owned);
    // A folder of the name anywhere above a test.
    let mut folders: BTreeSet<(CheckKind, String)> = BTreeSet::new();
    let mut rest: Vec<&String> = Vec::new();
    for file in files {
        let found = path::ancestors(path::parent(file)).find_map(|at| {
            let (_, kind) = APART.iter().find(|(name, _)| *name == path::file_name(at))?;
            Some((*kind, inside(at)?))
        });
        match found {
            Some(found) => {
                folders.insert(found);
            }
            None => rest.push(file),
        }
    }
    if folders.is_empty() {
        return marked(bench, files, settings);
    }
    let mut apart: Vec<(CheckKind, String)> = Vec::new();
    for (kind, at) in &folders {
        match apart.iter_mut().find(|(known, _)| known == kind) {
            Some((_, options)) => options.push_str(&format!(" {at}")),
            None => apart.push((*kind, format!(" {at}"))),
        }
    }
    let unit = path::join(folder, "tests/unit");
    let unit = if rest.is_empty() {
        None
    } else if rest.iter().all(|file| path::is_under(file, &unit)) {
        Some(" tests/unit".to_owned())
    } else {
        Some(folders.iter().map(|(_, at)| format!(" --ignore={at}")).collect())
    };
    Selection { unit, apart }
}

/// By the marks that the settings declare and the tests bear.
fn marked(bench: &Bench<'_>, files: &[String], settings: &str) -> Selection {
    let repository = bench.context.index.repository;
    let bears = |mark: &str| {
        let written = format!("mark.{mark}");
        files.iter().filter_map(|file| repository.text(file)).any(|text| text.contains(&written))
    };
    let marks: Vec<(&str, CheckKind)> =
        APART.iter().copied().filter(|(mark, _)| settings.contains(mark) && bears(mark)).collect();
    // Tests that lie beside the service's folder.
    let outside = files.first().is_some_and(|file| !path::is_under(file, &bench.service.folder));
    let at = if outside {
        format!(" {}", path::between(&bench.service.folder, &bench.project.folder))
    } else {
        String::new()
    };
    let apart = marks.iter().map(|(mark, kind)| (*kind, format!("{at} -m {mark}"))).collect();
    let none: Vec<String> = marks.iter().map(|(mark, _)| format!("not {mark}")).collect();
    let unit = if none.is_empty() { at } else { format!("{at} -m '{}'", none.join(" and ")) };
    Selection { unit: Some(unit), apart }
}

fn django(bench: &mut Bench<'_>, files: &[String]) {
    let place = Place::new(&files[0], 1);
    bench.add(CheckKind::Unit, "python", "python manage.py test", place);
    bench.tools.remove("python");
    if let Some(place) = counted(bench) {
        let line = "coverage run manage.py test && coverage report";
        bench.add(CheckKind::Coverage, "coverage", line, place);
    }
}

/// Python's own runner, where the tests are written for it and lie where it finds them.
fn unittest(bench: &mut Bench<'_>, files: &[String]) {
    let repository = bench.context.index.repository;
    let folder = path::join(&bench.service.folder, "tests");
    let written = files.iter().find(|file| {
        path::is_under(file, &folder)
            && path::file_name(file).starts_with("test_")
            && repository
                .text(file)
                .is_some_and(|text| text.contains("unittest.") && text.contains("TestCase"))
    });
    if let Some(file) = written {
        let place = Place::new(file, 1);
        bench.add(CheckKind::Unit, "python", "python -m unittest discover -s tests", place);
        bench.tools.remove("python");
    }
}
