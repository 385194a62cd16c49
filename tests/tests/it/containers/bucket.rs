//! A bucket that exists elsewhere, as far as containers can tell: it listens on the machine.

use mainstay_tests::world::World;
use std::net::{Ipv4Addr, TcpListener};
use std::process::{Child, Stdio};

const ACCESS_KEY: &str = "containers";
/// The key that opens it.
pub const SECRET_KEY: &str = "only-of-this-test";

/// It ends when it is let go.
pub struct Bucket {
    server: Child,
    port: u16,
    name: &'static str,
}

impl Bucket {
    /// An empty one.
    pub fn start(world: &World, name: &'static str) -> Self {
        let free = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).and_then(|listener| listener.local_addr());
        let port = free.expect("the machine has a free port").port();
        let root = world.folder().join("bucket");
        let mut command =
            world.command(["serve-bucket", "--bucket", name, "--listen", &format!("0.0.0.0:{port}")]);
        command
            .arg("--root")
            .arg(&root)
            .env("BUCKET_ACCESS_KEY", ACCESS_KEY)
            .env("BUCKET_SECRET_KEY", SECRET_KEY);
        let server = command.stdin(Stdio::null()).spawn().expect("the binary runs");
        Self { server, port, name }
    }

    /// What a person would write into `.env`.
    pub fn settings(&self, gateway: &str) -> String {
        format!(
            "S3_BUCKET={}\nS3_ENDPOINT=http://{gateway}:{}\nS3_REGION=us-east-1\nS3_ACCESS_KEY={ACCESS_KEY}\n",
            self.name, self.port
        )
    }

    /// The one secret of it, by its file.
    pub fn secret(&self) -> (&'static str, &'static str) {
        ("aws_secret_access_key", SECRET_KEY)
    }
}

impl Drop for Bucket {
    fn drop(&mut self) {
        let _gone = self.server.kill();
        let _status = self.server.wait();
    }
}
