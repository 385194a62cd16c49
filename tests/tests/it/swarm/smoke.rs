//! Whether the rig is what tests take it for.

use super::rig::{Rig, wait};

/// Answers with the name of its container.
const SERVER: &str = "require('http').createServer((q, r) => r.end(require('os').hostname())).listen(3000)";

/// What a port answers to one who is where the manager is.
fn ask(rig: &Rig, address: &str) -> Option<String> {
    let output = rig.inside("curl").args(["--silent", "--max-time", "5", address]).output().ok()?;
    Some(String::from_utf8_lossy(&output.stdout).into_owned()).filter(|text| !text.is_empty())
}

#[test]
fn a_lost_nodes_task_moves_to_the_other() {
    let Some(rig) = Rig::find() else { return };
    assert_eq!(rig.states(), ["Ready", "Ready"]);
    assert_eq!(ask(&rig, &format!("http://{}/v2/", rig.registry)).as_deref(), Some("{}"));
    let (manager, node) = (rig.manager(), rig.node());
    manager.run(&["network", "create", "--driver", "overlay", "smoke"]);
    let mut create = manager.command(&["service", "create", "--quiet", "--detach", "--name", "smoke"]);
    create.args([
        "--network",
        "smoke",
        "--endpoint-mode",
        "dnsrr",
        "--replicas",
        "2",
        "--restart-delay",
        "0s",
    ]);
    create.args(["--publish", "mode=host,target=3000", "--no-resolve-image", "node:20-bookworm-slim"]);
    let created = create.args(["node", "-e", SERVER]).output().expect("docker's client is installed");
    assert!(created.status.success(), "{}", String::from_utf8_lossy(&created.stderr));

    wait("each node has a task", || manager.tasks("smoke").len() == 1 && node.tasks("smoke").len() == 1);
    for client in [manager, node] {
        let task = client.tasks("smoke").remove(0);
        let (container, port) = (&task[..12], client.run(&["port", &task, "3000/tcp"]));
        let port = port.lines().next().and_then(|line| line.rsplit(':').next()).expect("it is published");
        let address = format!("http://{}:{port}", client.address());
        wait("its port answers", || ask(&rig, &address).as_deref() == Some(container));
        let names = "for (const a of await require('dns').promises.resolve4('tasks.smoke')) \
             console.log(await (await fetch('http://' + a + ':3000')).text())";
        let script = format!("(async () => {{ {names} }})()");
        wait("both answer by name", || {
            let output = client.command(&["exec", &task, "node", "-e", &script]).output();
            output.is_ok_and(|output| String::from_utf8_lossy(&output.stdout).lines().count() == 2)
        });
    }

    rig.lose_node();
    wait("the other node has both tasks", || manager.tasks("smoke").len() == 2);
    let mut states = rig.states();
    states.sort();
    assert_eq!(states, ["Down", "Ready"]);
    assert_eq!(node.tasks("smoke").len(), 1, "the lost one goes on by itself");
    rig.bring_back();
    wait("the lost task is gone", || node.tasks("smoke").is_empty());
    assert_eq!(manager.tasks("smoke").len(), 2);
}
