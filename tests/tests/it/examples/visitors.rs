//! People who use a system while it is deployed.

use mainstay_tests::load::{Connection, Reply};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

/// One who asks for something over and over.
pub type Visit = Box<dyn Fn(&mut Connection) -> Result<Reply, String> + Send>;

/// People who use the system; each asks ten times a second and notes every answer that is not a good one.
pub struct Visitors {
    stop: Arc<AtomicBool>,
    asked: Arc<AtomicU64>,
    wrong: Arc<Mutex<Vec<String>>>,
    threads: Vec<JoinHandle<()>>,
}

impl Visitors {
    /// One thread a visit, until they leave.
    pub fn come(entry: SocketAddr, visits: Vec<Visit>) -> Self {
        let (stop, asked, wrong) =
            (Arc::<AtomicBool>::default(), Arc::<AtomicU64>::default(), Arc::<Mutex<Vec<String>>>::default());
        let visitor = |visit: Visit| {
            let (stop, asked, wrong) = (Arc::clone(&stop), Arc::clone(&asked), Arc::clone(&wrong));
            std::thread::spawn(move || {
                let mut kept = None;
                while !stop.load(Ordering::Relaxed) {
                    asked.fetch_add(1, Ordering::Relaxed);
                    let connection = kept.take().map_or_else(|| Connection::open(entry), Ok);
                    let answer =
                        connection.and_then(|mut connection| Ok((visit(&mut connection)?, connection)));
                    match answer {
                        Ok((reply, connection)) if reply.status < 400 => {
                            kept = (!reply.closes()).then_some(connection);
                        }
                        Ok((reply, _)) => wrong.lock().expect("no panic").push(format!(
                            "{}: {}",
                            reply.status,
                            reply.text()
                        )),
                        Err(reason) => wrong.lock().expect("no panic").push(reason),
                    }
                    std::thread::sleep(Duration::from_millis(100));
                }
            })
        };
        let threads = visits.into_iter().map(visitor).collect();
        Self { stop, asked, wrong, threads }
    }

    /// Fails the test if anything was lost.
    #[track_caller]
    pub fn leave(mut self) {
        self.stop.store(true, Ordering::Relaxed);
        self.threads.drain(..).for_each(|thread| thread.join().expect("it noted what was wrong"));
        let wrong = self.wrong.lock().expect("no panic");
        let asked = self.asked.load(Ordering::Relaxed);
        println!("{asked} asked");
        assert!(
            wrong.is_empty() && asked > 100,
            "{} of {asked} were lost: {:#?}",
            wrong.len(),
            &wrong[..wrong.len().min(10)]
        );
    }
}

impl Drop for Visitors {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}
