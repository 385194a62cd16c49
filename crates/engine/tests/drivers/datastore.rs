//! Datastores from the servers on this machine, run under real supervisors.

use crate::fixture::{Lines, Project};
use crate::supervise::binary;
use engine::driver::{DatastoreDriver, DatastoreRequest, View};
use model::Secret;
use model::event::FailureKind;
use model::facts::DatastoreKind;
use model::unit::Port;
use postgres::{Client, NoTls};
use std::collections::BTreeMap;
use std::fs;
use std::net::TcpListener;
use std::path::PathBuf;

/// A datastore that is stopped when the test ends, however it ends.
pub(crate) struct Store {
    pub(crate) driver: Box<dyn DatastoreDriver>,
    pub(crate) request: DatastoreRequest,
    project: Project,
}

impl Store {
    pub(crate) fn new(kind: DatastoreKind) -> Self {
        let project = Project::new(&[]);
        let driver = engine::datastore::drivers(&project.home(), &binary());
        let (_, driver) = driver.into_iter().find(|(known, _)| *known == kind).unwrap();
        let port = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
        let request = DatastoreRequest {
            scope: project.scope(),
            name: "db".parse().unwrap(),
            kind,
            version: None,
            port: Port(port),
        };
        // Temporary folders are closed to others; those of a real home stand in /var/lib.
        fs::create_dir_all(project.home().root).unwrap();
        let mode = std::os::unix::fs::PermissionsExt::from_mode(0o711);
        fs::set_permissions(project.home().root.parent().unwrap(), mode).unwrap();
        Self { driver, request, project }
    }

    pub(crate) fn up(&self) -> Lines {
        let mut lines = Lines::default();
        self.driver
            .provision(&self.request, &mut lines)
            .unwrap_or_else(|error| panic!("{error:#?}\n{}", lines.text()));
        lines
    }

    pub(crate) fn field(&self, name: &str) -> Secret {
        self.driver.fields(&self.request, View::Services).unwrap()[name].clone()
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.project.home().datastore(&self.request.scope, &self.request.name)
    }

    fn instance(&self) -> PathBuf {
        self.project.home().instance(&self.request.scope, &"datastore-db".parse().unwrap())
    }

    fn pid(&self) -> Option<u32> {
        host::supervisor::status(&self.instance()).unwrap().and_then(|status| status.pid)
    }

    fn client(&self) -> Client {
        Client::connect(self.field("url").expose(), NoTls).unwrap()
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        let _ = self.driver.stop(&self.request);
    }
}

#[test]
fn postgres_has_a_role_that_owns_its_database_and_nothing_else() {
    let store = Store::new(DatastoreKind::Postgres);
    assert_eq!(
        store.driver.fields(&store.request, View::Services).unwrap_err().0.kind,
        FailureKind::Provision,
        "not there yet"
    );
    store.driver.check().unwrap();
    let first = store.up();
    assert!(first.text().contains("PostgreSQL 1"), "{}", first.text());
    let mut client = store.client();
    client
        .batch_execute("CREATE TABLE kept (n int); INSERT INTO kept VALUES (7); CREATE EXTENSION citext")
        .unwrap();
    let row = client
        .query_one(
            "SELECT rolsuper OR rolcreatedb OR rolcreaterole, current_database()::text, current_setting('data_checksums'),
                    current_setting('server_encoding'), current_setting('password_encryption')
             FROM pg_roles WHERE rolname = current_user",
            &[],
        )
        .unwrap();
    assert!(!row.get::<_, bool>(0));
    let texts: Vec<String> = (1..5).map(|at| row.get(at)).collect();
    assert_eq!(texts, ["shop", "on", "UTF8", "scram-sha-256"]);
    assert!(client.batch_execute("CREATE DATABASE other").is_err());

    if host::identity::is_root() {
        let closed = |folder: PathBuf| {
            let mode = std::os::unix::fs::PermissionsExt::mode(&fs::metadata(folder).unwrap().permissions());
            mode & 0o077 == 0
        };
        let home = store.project.home();
        assert!(
            closed(home.keys()) && closed(home.instances(&store.request.scope)) && closed(store.folder())
        );
        assert!(!closed(home.root), "the server's user has to pass");
    }
    let pid = store.pid().unwrap();
    let second = store.up();
    assert_eq!((store.pid(), second.all.len()), (Some(pid), 0), "it is left alone when it runs");
    if host::identity::is_root() {
        let status = fs::read_to_string(format!("/proc/{pid}/status")).unwrap();
        let uid = status.lines().find(|line| line.starts_with("Uid:")).unwrap();
        assert!(!uid.contains("\t0"), "{uid}");
    }
    let seen = fs::read(format!("/proc/{pid}/cmdline")).unwrap();
    let seen = String::from_utf8_lossy(&seen);
    assert!(!seen.contains(store.field("password").expose()), "{seen}");

    store.driver.stop(&store.request).unwrap();
    assert_eq!(store.pid(), None);
    assert!(Client::connect(store.field("url").expose(), NoTls).is_err());
    store.up();
    let kept: i32 = store.client().query_one("SELECT n FROM kept", &[]).unwrap().get(0);
    assert_eq!(kept, 7);
    for line in host::supervisor::tail(&store.instance(), 1000) {
        assert!(!line.text.contains(store.field("password").expose()), "{}", line.text);
    }
}

#[test]
fn postgres_provisioning_goes_on_where_it_was_cut_off() {
    let store = Store::new(DatastoreKind::Postgres);
    // Killed in initdb: a half-made folder of someone else's, and a password file.
    let half = store.folder().join("data.part/base");
    fs::create_dir_all(&half).unwrap();
    fs::write(store.folder().join("password.part"), "x").unwrap();
    store.up();
    assert!(!store.folder().join("data.part").exists() && !store.folder().join("password.part").exists());
    // Killed between role and database, and between role and password.
    {
        let vault =
            vault::Vault::open(store.project.home().keys(), store.project.home().vault(&store.request.scope));
        let name = "db/superuser_password".parse().unwrap();
        let password = vault.unwrap().get(&name).unwrap().unwrap();
        let url =
            format!("postgresql://postgres:{}@127.0.0.1:{}/postgres", password.expose(), store.request.port);
        let mut superuser = Client::connect(&url, NoTls).unwrap();
        superuser.batch_execute("DROP DATABASE shop").unwrap();
        superuser.batch_execute("ALTER ROLE shop PASSWORD 'other'").unwrap();
    }
    store.up();
    store.client().batch_execute("CREATE TABLE works (n int)").unwrap();
}

#[test]
fn postgres_data_of_another_version_is_not_touched() {
    let store = Store::new(DatastoreKind::Postgres);
    let data = store.folder().join("data");
    fs::create_dir_all(&data).unwrap();
    fs::write(data.join("PG_VERSION"), "9\n").unwrap();
    let error = store.driver.provision(&store.request, &mut Lines::default()).unwrap_err();
    assert!(error.to_string().contains("is of PostgreSQL 9"), "{error}");
    assert!(error.0.advice.unwrap().contains("postgresql-9"));
    assert_eq!(fs::read_dir(&data).unwrap().count(), 1);
}

#[test]
fn a_port_that_is_taken_is_named_with_its_owner() {
    let store = Store::new(DatastoreKind::Postgres);
    let _taken = TcpListener::bind(("127.0.0.1", store.request.port.0)).unwrap();
    let error = store.driver.provision(&store.request, &mut Lines::default()).unwrap_err();
    let port = store.request.port.to_string();
    assert!(error.to_string().contains(&port) && error.to_string().contains("(pid "), "{error}");
    assert!(store.pid().is_none());
}

#[test]
fn postgres_that_does_not_start_shows_its_log() {
    let store = Store::new(DatastoreKind::Postgres);
    store.up();
    store.driver.stop(&store.request).unwrap();
    let file = store.folder().join("data/postgresql.conf");
    let text = fs::read_to_string(&file).unwrap();
    fs::write(&file, format!("{text}\nno_such_setting = 1\n")).unwrap();
    let error = store.driver.provision(&store.request, &mut Lines::default()).unwrap_err();
    let log: Vec<String> = error.0.evidence.iter().flat_map(|evidence| evidence.lines.clone()).collect();
    assert!(log.join("\n").contains("no_such_setting"), "{error:#?}");
}

#[test]
fn redis_wants_its_password_and_keeps_what_it_is_given() {
    let store = Store::new(DatastoreKind::Redis);
    store.driver.check().unwrap();
    store.up();
    let pid = store.pid().unwrap();
    store.up();
    assert_eq!(store.pid(), Some(pid));
    assert!(talk(&store, "PING\r\n").starts_with("-NOAUTH"));
    let auth = format!("AUTH {}\r\n", store.field("password").expose());
    assert_eq!(talk(&store, &format!("{auth}SET a 1\r\n")), "+OK\r\n+OK\r\n");
    store.driver.stop(&store.request).unwrap();
    store.up();
    assert_eq!(talk(&store, &format!("{auth}GET a\r\n")), "+OK\r\n$1\r\n1\r\n");
    assert!(store.field("url").expose().starts_with("redis://:"));
}

fn talk(store: &Store, text: &str) -> String {
    use std::io::{Read, Write};
    let mut stream = std::net::TcpStream::connect(("127.0.0.1", store.request.port.0)).unwrap();
    stream.write_all(text.as_bytes()).unwrap();
    stream.shutdown(std::net::Shutdown::Write).unwrap();
    let mut said = String::new();
    stream.read_to_string(&mut said).unwrap();
    said
}

#[test]
fn every_kind_with_a_server_is_in_the_table() {
    let project = Project::new(&[]);
    let kinds: Vec<DatastoreKind> =
        engine::datastore::drivers(&project.home(), &binary()).into_iter().map(|(kind, _)| kind).collect();
    assert_eq!(kinds, [DatastoreKind::Postgres, DatastoreKind::Redis, DatastoreKind::S3]);
}

#[test]
fn a_bucket_is_our_own_program_with_its_keys_out_of_sight() {
    let store = Store::new(DatastoreKind::S3);
    // The test's own program is no bucket, so it never answers; what it was started with is what counts here.
    let error = store.driver.provision(&store.request, &mut Lines::default()).unwrap_err();
    assert_eq!(error.0.kind, FailureKind::Provision);
    let spec = host::supervisor::status(&store.instance()).unwrap().unwrap().spec;
    assert_eq!(spec.command[1..4], ["serve-bucket", "--root", store.folder().join("data").to_str().unwrap()]);
    assert_eq!(spec.command[6..], ["--bucket", "shop-db"]);
    let fields: BTreeMap<_, _> = store.driver.fields(&store.request, View::Services).unwrap();
    assert!(!spec.command.join(" ").contains(fields["secret_key"].expose()));
    assert_eq!(fields["endpoint"].expose(), format!("http://127.0.0.1:{}", store.request.port));
}
