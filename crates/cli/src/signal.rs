//! Ctrl-C and SIGTERM ask the run to stop; it then takes back what it did. A second one changes nothing: the way back is not cut.

use engine::Cancel;

/// A cancellation that is requested by SIGINT and SIGTERM.
pub fn cancel_on_interrupt() -> Cancel {
    let cancel = Cancel::default();
    let shared = cancel.clone();
    let handled = host::signal::on_interrupt(move |count| {
        shared.request();
        crate::output::note(if count == 1 {
            "stopping: what was done is taken back"
        } else {
            "still taking back what was done; this is not cut short"
        });
    });
    if let Err(error) = handled {
        crate::output::note(&format!(
            "note: Ctrl-C cannot be handled ({error}); `mainstay recover` undoes what it cuts off"
        ));
    }
    cancel
}
