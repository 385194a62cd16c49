//! A registry of images on loopback. It ends when it is let go.

use mainstay_tests::world::World;
use model::routing::TlsFiles;
use serde_json::{Value, json};
use std::fs;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

/// See above.
pub struct Registry {
    server: Child,
    port: u16,
    folder: PathBuf,
}

impl Registry {
    /// One that keeps its images in this folder; `None` where the program is not installed.
    pub fn start(folder: &Path, tls: Option<&TlsFiles>) -> Option<Self> {
        super::super::program("docker-registry")?;
        let free = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).and_then(|listener| listener.local_addr());
        let port = free.expect("the machine has a free port").port();
        let files = tls.map(|tls| {
            let (certificate, key) = (tls.certificate.display(), tls.key.display());
            format!("  tls:\n    certificate: {certificate}\n    key: {key}\n")
        });
        let text = format!(
            "version: 0.1\nlog:\n  level: error\nstorage:\n  filesystem:\n    rootdirectory: {}\nhttp:\n  addr: 127.0.0.1:{port}\n{}",
            folder.join("images").display(),
            files.unwrap_or_default()
        );
        let config = folder.join(format!("registry-{port}.yml"));
        fs::write(&config, text).expect("the folder is ours");
        let mut command = Command::new("docker-registry");
        command.arg("serve").arg(&config).stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
        let server = command.spawn().expect("it is installed");
        let until = Instant::now() + Duration::from_secs(30);
        while TcpStream::connect((Ipv4Addr::LOCALHOST, port)).is_err() {
            assert!(Instant::now() < until, "the registry does not listen");
            std::thread::sleep(Duration::from_millis(50));
        }
        Some(Self { server, port, folder: folder.to_path_buf() })
    }

    /// Its host and port, as names of images begin.
    pub fn address(&self) -> String {
        format!("localhost:{}", self.port)
    }

    /// What the name of an image of another registry is here: Docker Hub's as they are, those of others in a folder.
    pub fn name_of(&self, image: &str) -> String {
        let name = match image.split_once('/') {
            None => format!("library/{image}"),
            Some(("quay.io", rest)) => format!("quay/{rest}"),
            Some(_) => image.to_owned(),
        };
        format!("{}/{name}", self.address())
    }

    /// Pushes an image with one file of this content under the name of another registry's; returns the digest that the engine
    /// was told.
    pub fn push(&self, world: &World, image: &str, content: &str) -> String {
        let (file, archive) = (self.folder.join("content"), self.folder.join("image.tar"));
        fs::write(&file, content).expect("ours");
        let packed =
            Command::new("tar").arg("-C").arg(&self.folder).arg("-cf").arg(&archive).arg("content").status();
        assert!(packed.expect("tar is installed").success());
        let (engine, name) = (world.engine(), self.name_of(image));
        let label = format!("LABEL dev.mainstay.project={}", world.name);
        engine.run(&["import", "--change", &label, &archive.to_string_lossy(), &name]);
        let said = engine.run(&["push", &name]);
        let digest = said.split("digest: ").nth(1).and_then(|rest| rest.split(' ').next());
        digest.unwrap_or_else(|| panic!("no digest: {said}")).to_owned()
    }

    /// The same layers under the name of another image, as an image with a digest of its own; returns that.
    pub fn copy(&self, from: &str, digest: &str, image: &str) -> String {
        let manifest = self.manifest(from, digest);
        let known: Value = serde_json::from_str(&manifest).expect("a manifest is JSON");
        let layers = known["layers"].as_array().expect("an image has layers");
        let (source, _) = self.path_of(from);
        let (name, tag) = self.path_of(image);
        for blob in layers.iter().chain([&known["config"]]) {
            let blob = blob["digest"].as_str().expect("a blob has a digest");
            let mount = format!("{name}/blobs/uploads/?mount={blob}&from={source}");
            curl(&["--fail", "--request", "POST", "--data", "", &self.url(&mount)]);
        }
        // Spaces are of no meaning, but they are part of the digest.
        let text = manifest + &" ".repeat(image.len());
        self.put(
            &format!("{name}/manifests/{tag}"),
            "application/vnd.docker.distribution.manifest.v2+json",
            &text,
        )
    }

    /// Puts an index with the image of that digest as its only platform in the tag's place; returns the index's digest.
    pub fn index(&self, image: &str, digest: &str) -> String {
        let platform = json!({ "architecture": "amd64", "os": "linux" });
        let kind = "application/vnd.docker.distribution.manifest.v2+json";
        let size = self.manifest(image, digest).len();
        let one = json!({ "mediaType": kind, "size": size, "digest": digest, "platform": platform });
        let kind = "application/vnd.docker.distribution.manifest.list.v2+json";
        let text = json!({ "schemaVersion": 2, "mediaType": kind, "manifests": [one] }).to_string();
        let (name, tag) = self.path_of(image);
        self.put(&format!("{name}/manifests/{tag}"), kind, &text)
    }

    /// The name without the registry, and the tag.
    fn path_of(&self, image: &str) -> (String, String) {
        let name = self.name_of(image);
        let (name, tag) = name[self.address().len() + 1..].rsplit_once(':').expect("a tag");
        (name.to_owned(), tag.to_owned())
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}/v2/{path}", self.address())
    }

    fn manifest(&self, image: &str, digest: &str) -> String {
        let accept = "Accept: application/vnd.docker.distribution.manifest.v2+json";
        curl(&["--header", accept, &self.url(&format!("{}/manifests/{digest}", self.path_of(image).0))])
    }

    fn put(&self, path: &str, kind: &str, text: &str) -> String {
        let kind = format!("Content-Type: {kind}");
        let words =
            ["--include", "--request", "PUT", "--header", &kind, "--data-binary", text, &self.url(path)];
        let head = curl(&words).to_ascii_lowercase();
        let told = head.lines().find_map(|line| line.strip_prefix("docker-content-digest: "));
        told.unwrap_or_else(|| panic!("{head}")).trim().to_owned()
    }
}

fn curl(arguments: &[&str]) -> String {
    let always = ["--silent", "--show-error", "--max-time", "30"];
    let output = Command::new("curl").args(always).args(arguments).output().expect("curl is installed");
    assert!(output.status.success(), "{arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).expect("it is text")
}

impl Drop for Registry {
    fn drop(&mut self) {
        let _gone = self.server.kill();
        let _status = self.server.wait();
    }
}
