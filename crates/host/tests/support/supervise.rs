//! Makes a test's own executable serve as `mainstay supervise DIR`: before the test harness starts, as the supervisor
//! has to run before there is a second thread.

use std::path::PathBuf;

#[expect(clippy::exit, reason = "the harness must not start")]
extern "C" fn serve() {
    let args: Vec<String> = std::env::args().collect();
    let [_, verb, dir, rest @ ..] = args.as_slice() else { return };
    match (verb.as_str(), rest) {
        ("supervise", []) => {
            host::supervisor::main(&PathBuf::from(dir), |_| Box::new(<[u8]>::to_vec));
            std::process::exit(0);
        }
        // Someone who runs a program to its end.
        ("run", [script]) => {
            let path = host::environment::inherit(&["PATH"]);
            let command = host::process::Command::new("sh", dir).args(["-c", script]).env(path);
            host::process::run(&command, &mut |_, _| {}, &|| false, None).expect("it runs");
            std::process::exit(0);
        }
        // A starter that is killed as soon as the instance is there.
        ("start-and-die", [spec]) => {
            let spec = serde_json::from_str(spec).expect("the test wrote it");
            host::supervisor::launch(&binary(), &PathBuf::from(dir), &spec, &Default::default())
                .expect("it starts");
            std::process::abort();
        }
        _ => {}
    }
}

#[used]
#[unsafe(link_section = ".init_array")]
static SERVE: extern "C" fn() = serve;

/// The executable to give to `launch`.
pub(crate) fn binary() -> PathBuf {
    std::env::current_exe().expect("a test has an executable")
}
