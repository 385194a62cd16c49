//! The Compose files as a place to develop: sources are served as they are now, and a debugger is let in from this machine alone.

use super::stack::{self, Stack};
use super::{bucket, images, write};
use mainstay_tests::world::World;
use std::fmt::Write as _;
use std::fs;
use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::Command;
use std::time::{Duration, Instant};

/// Whose the sources are: nobody who may do more than that.
const PERSON: &str = "1000:1000";
/// How long a change may take until it is served.
const PATIENCE: Duration = Duration::from_secs(60);

/// A service that somebody works on.
struct Work {
    system: &'static str,
    bucket: Option<&'static str>,
    /// The service, as its variables are named.
    service: &'static str,
    /// A source, words of its answer to `/health`, and others.
    change: (&'static str, &'static str, &'static str),
    /// What a debugger is told, and how the answer begins to be one.
    debugger: (&'static str, &'static str),
}

impl Work {
    fn try_it(&self) {
        let Some(world) = World::docker(self.system) else { return };
        write(&world);
        for image in images::all(&world) {
            image.build_for_development(&world);
        }
        let owned = Command::new("chown").args(["-R", PERSON]).arg(&world.repo).status();
        assert!(owned.expect("coreutils are installed").success());
        let ports: Vec<u16> = free(4);
        let (own, debug) = (ports[0], ports[1]);
        let mut more = settings(&world);
        for (name, port) in
            [(format!("{}_PORT", self.service), own), (format!("{}_DEBUG_PORT", self.service), debug)]
        {
            writeln!(more, "{name}={port}").expect("a text");
        }
        writeln!(more, "POSTGRES_PORT={}\nREDIS_PORT={}\nCLIENT_PORT=0", ports[2], ports[3]).expect("a text");
        let stack = Stack::up_for_development(&world, self.bucket, &more);

        self.assert_reloads(&world, own);
        let (question, answer) = self.debugger;
        let said = ask(debug, question);
        assert!(said.contains(answer), "the debugger says {said:?}");
        assert_private(&world, &stack, &[own, debug]);
        let entry = ask(stack.ports.0, "GET / HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        assert!(entry.starts_with("HTTP/1.1 ") && !entry.contains(" 502 "), "the entry says {entry:?}");
    }

    /// Nothing is built for it, and no container is another one.
    fn assert_reloads(&self, world: &World, port: u16) {
        let (file, before, after) = self.change;
        let health = || ask(port, "GET /health HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n");
        assert!(health().contains(before), "{}", health());
        let path = world.repo.join(file);
        let text = fs::read_to_string(&path).expect("the example has it");
        fs::write(&path, text.replace(before, after)).expect("ours");
        let until = Instant::now() + PATIENCE;
        while !health().contains(after) {
            assert!(Instant::now() < until, "{file} is served as it was: {}", health());
            std::thread::sleep(Duration::from_millis(200));
        }
    }
}

/// Every port is published on loopback, and on no other address of the machine.
fn assert_private(world: &World, stack: &Stack, ports: &[u16]) {
    let format = "{{range .HostConfig.PortBindings}}{{range .}}{{.HostIp}} {{end}}{{end}}";
    for id in stack.ids() {
        for address in stack.inspect(&id, format).split_whitespace() {
            assert_eq!(address, "127.0.0.1", "{}", stack.inspect(&id, "{{.Name}}"));
        }
    }
    let elsewhere: Ipv4Addr = stack::gateway(world).parse().expect("an address");
    for port in ports {
        assert!(TcpStream::connect((elsewhere, *port)).is_err(), "{port} is open on {elsewhere}");
    }
}

/// What `.env` has to say, as somebody would fill it in.
fn settings(world: &World) -> String {
    let text = fs::read_to_string(world.repo.join("deploy/compose.env.example")).expect("it is generated");
    let empty = text.lines().filter_map(|line| line.strip_suffix('='));
    // Those of a bucket are the bucket's.
    let ours = empty.filter(|name| !name.starts_with('#') && !name.starts_with("S3_"));
    ours.fold(format!("S3_SECRET_KEY={}\n", bucket::SECRET_KEY), |mut all, name| {
        writeln!(all, "{name}=a-long-one-only-of-this-test-{}", name.to_lowercase()).expect("a text");
        all
    })
}

/// Ports that nobody listens on.
fn free(count: usize) -> Vec<u16> {
    let listeners: Vec<TcpListener> =
        (0..count).map(|_| TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a free port")).collect();
    listeners.iter().map(|listener| listener.local_addr().expect("it is bound").port()).collect()
}

/// What is said first on a port of this machine; empty while nothing is.
fn ask(port: u16, question: &str) -> String {
    let Ok(mut stream) = TcpStream::connect((Ipv4Addr::LOCALHOST, port)) else { return String::new() };
    let limit = Some(Duration::from_secs(5));
    stream.set_read_timeout(limit).expect("it is not zero");
    if stream.write_all(question.as_bytes()).is_err() {
        return String::new();
    }
    let (mut said, mut part) = (Vec::new(), [0; 4096]);
    while let Ok(count @ 1..) = stream.read(&mut part) {
        said.extend_from_slice(&part[..count]);
        if question.is_empty() {
            break;
        }
    }
    String::from_utf8_lossy(&said).into_owned()
}

#[test]
fn a_server_of_node_is_served_as_its_sources_are_now() {
    let work = Work {
        system: "saas-starter",
        bucket: None,
        service: "SERVER",
        change: ("src/server/api/health.ts", "connected", "attached"),
        debugger: (
            "GET /json/list HTTP/1.1\r\nhost: localhost\r\nconnection: close\r\n\r\n",
            "\"title\": \"src/server/index.ts\"",
        ),
    };
    work.try_it();
}

#[test]
fn a_server_of_python_is_served_as_its_sources_are_now() {
    let work = Work {
        system: "procurement",
        bucket: Some("procurement-documents"),
        service: "PROCUREMENT",
        change: ("app/health.py", "\"status\"", "\"state\""),
        // Its adapter speaks first (the Debug Adapter Protocol).
        debugger: ("", "Content-Length: "),
    };
    work.try_it();
}
