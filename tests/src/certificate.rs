//! Certificates for tests.

use model::routing::TlsFiles;
use std::io;
use std::net::IpAddr;
use std::path::Path;
use std::process::Command;

/// Makes a certificate that signs itself for these host names and addresses, and its key: `NAME.pem` and `NAME.key` in a
/// folder, by the first of the names.
///
/// # Errors
/// When openssl is not installed or makes none.
pub fn make(folder: &Path, names: &[&str]) -> io::Result<TlsFiles> {
    let first = names.first().copied().unwrap_or("localhost");
    let (certificate, key) = (folder.join(format!("{first}.pem")), folder.join(format!("{first}.key")));
    let alternative = |name: &&str| match name.parse::<IpAddr>() {
        Ok(address) => format!("IP:{address}"),
        Err(_) => format!("DNS:{name}"),
    };
    let alternatives: Vec<String> = names.iter().map(alternative).collect();
    let output = Command::new("openssl")
        .args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes"])
        .args(["-days", "2", "-subj", &format!("/CN={first}")])
        .args(["-addext", &format!("subjectAltName={}", alternatives.join(","))])
        .args(["-addext", "basicConstraints=critical,CA:FALSE", "-out"])
        .arg(&certificate)
        .arg("-keyout")
        .arg(&key)
        .output()?;
    if output.status.success() {
        Ok(TlsFiles { certificate, key })
    } else {
        Err(io::Error::other(String::from_utf8_lossy(&output.stderr).into_owned()))
    }
}
