//! Dockerfiles: what runs, and how it ends.

use super::system::{all, file, shop, write};
use planner::files::Family;

#[test]
fn a_server_of_next_ends_with_success() {
    let mut facts = shop();
    let web = facts.services.iter_mut().find(|service| service.path != "server").unwrap();
    web.start = Some("node .next/standalone/server.js".into());
    let path = if web.path == "." { "Dockerfile".to_owned() } else { format!("{}/Dockerfile", web.path) };
    let text = file(&facts, Family::Dockerfile, &path);
    let command = text.lines().find(|line| line.starts_with("CMD [")).unwrap();
    assert!(command.contains("code===143") && command.ends_with("\"server.js\"]"), "{text}");
}

#[test]
fn every_image_runs_as_a_numbered_user_without_package_managers() {
    for (system, facts) in all() {
        let files = write(&facts, Family::Dockerfile);
        for file in files.iter().filter(|file| file.path.ends_with("Dockerfile")) {
            let (_, last) = file.content.rsplit_once("\nFROM ").unwrap();
            let user = last.lines().find_map(|line| line.strip_prefix("USER "));
            let number = user.and_then(|user| user.split(':').next()?.parse::<u32>().ok());
            assert!(number.is_some_and(|number| number > 0), "{system} {}", file.path);
            assert!(file.content.starts_with("# "), "{system} {}", file.path);
        }
    }
}
