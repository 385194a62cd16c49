//! A bucket with the protocol of S3, served by Mainstay's own program (`mainstay serve-bucket`).

use super::place::Place;
use super::server::{Answer, Keeper, Server};
use crate::driver::{DatastoreDriver, DatastoreRequest, Fields, Progress, Variables, View};
use crate::error::DriverError;
use host::network;
use model::Secret;
use model::id::Scope;
use model::instance::StopSignal;
use std::net::{Ipv4Addr, SocketAddr};
use std::time::Duration;

/// The region that requests are signed for; the server takes any.
const REGION: &str = "us-east-1";

/// This machine's address at which services of a scope reach it.
pub(crate) type At = Box<dyn Fn(&Scope) -> Result<Ipv4Addr, DriverError> + Send + Sync>;

/// The driver. The bucket is a process of this machine on every target.
pub(crate) struct S3 {
    pub(crate) keeper: Keeper,
    pub(crate) at: At,
}

impl S3 {
    fn address(&self, request: &DatastoreRequest) -> Result<SocketAddr, DriverError> {
        Ok(SocketAddr::from(((self.at)(&request.scope)?, request.port.0)))
    }
}

impl DatastoreDriver for S3 {
    fn check(&self) -> Result<(), DriverError> {
        Ok(())
    }

    fn provision(&self, request: &DatastoreRequest, progress: &mut dyn Progress) -> Result<(), DriverError> {
        let place = Place::make(&self.keeper.home, request, None)?;
        let data = place.folder("data")?;
        let address = self.address(request)?;
        let env = Variables::from([
            ("BUCKET_ACCESS_KEY".to_owned(), self.keeper.credentials().make(request, "access_key")?),
            ("BUCKET_SECRET_KEY".to_owned(), self.keeper.credentials().make(request, "secret_key")?),
        ]);
        let arguments = [
            "serve-bucket".to_owned(),
            "--root".into(),
            data.display().to_string(),
            "--listen".into(),
            address.to_string(),
            "--bucket".into(),
            bucket(request),
        ];
        let mut command = vec![self.keeper.binary.display().to_string()];
        command.extend(arguments);
        let server = Server { command, stop: StopSignal::Terminate, env };
        // Without a signature every answer is a refusal, which is enough to know that it serves.
        self.keeper.run(request, &place, server, progress, &mut || match network::http_get(
            address,
            "/",
            "127.0.0.1",
            Duration::from_secs(2),
        ) {
            Ok(_) => Answer::Ready,
            Err(error) => Answer::NotYet(error.to_string()),
        })
    }

    fn fields(&self, request: &DatastoreRequest, _: View) -> Result<Fields, DriverError> {
        let address = self.address(request)?;
        let endpoint = format!("http://{address}");
        Ok(Fields::from([
            ("access_key", self.keeper.credentials().get(request, "access_key")?),
            ("secret_key", self.keeper.credentials().get(request, "secret_key")?),
            ("url", Secret::new(endpoint.clone())),
            ("endpoint", Secret::new(endpoint)),
            ("host", Secret::new(address.ip().to_string())),
            ("port", Secret::new(request.port.to_string())),
            ("bucket", Secret::new(bucket(request))),
            ("region", Secret::new(REGION)),
        ]))
    }

    fn stop(&self, request: &DatastoreRequest) -> Result<(), DriverError> {
        self.keeper.stop(request)
    }
}

/// Names of buckets: 3 to 63 of a-z, 0-9 and `-` (AWS, "Bucket naming rules").
fn bucket(request: &DatastoreRequest) -> String {
    let name = format!("{}-{}", request.scope.project, request.name).replace('_', "-");
    let name: String = name.chars().take(63).collect();
    name.trim_matches('-').to_owned()
}
