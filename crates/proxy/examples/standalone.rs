//! The data plane without the rest of Mainstay: `standalone proxy keeper|worker --home DIR [--inherit FD] [--link FD]`.

use proxy::log::Log;
use std::path::PathBuf;

fn main() -> Result<(), proxy::ProxyError> {
    let arguments: Vec<String> = std::env::args().collect();
    let value =
        |name: &str| arguments.iter().position(|a| a == name).and_then(|i| arguments.get(i + 1)).cloned();
    let home: PathBuf = value("--home").expect("--home DIR is required").into();
    let descriptor = |name| value(name).map(|fd| fd.parse().expect("a descriptor is a number"));
    let log = Log::new(std::io::stderr());
    let binary: PathBuf = arguments[0].clone().into();
    match arguments.get(2).map(String::as_str) {
        Some("keeper") => proxy::keeper::run(proxy::keeper::KeeperConfig {
            home,
            binary,
            inherit: descriptor("--inherit"),
            log,
        }),
        Some("worker") => {
            proxy::worker::run(proxy::worker::WorkerConfig { home, binary, link: descriptor("--link"), log })
        }
        _ => panic!("proxy keeper or proxy worker"),
    }
}
