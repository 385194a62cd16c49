//! Who we are, in a way that still means something after we are gone.

use crate::process;
use model::event::Owner;
use std::ffi::CStr;

/// This process as the owner of a lock or a run.
pub fn owner() -> Owner {
    let pid = std::process::id();
    Owner {
        user: user_name(),
        host: kernel_text("/proc/sys/kernel/hostname"),
        pid,
        process_start: process::start_ticks(pid).unwrap_or(0),
        boot: boot(),
    }
}

/// Whether an owner still lives: the same boot of the same machine, and the very process. A process of another
/// machine cannot be seen from here and counts as gone.
pub fn is_alive(owner: &Owner) -> bool {
    owner.boot == boot()
        && owner.host == kernel_text("/proc/sys/kernel/hostname")
        && process::alive(owner.pid, owner.process_start)
}

/// Whether we may do everything on this machine.
pub fn is_root() -> bool {
    // SAFETY: geteuid has no arguments and cannot fail.
    unsafe { libc::geteuid() == 0 }
}

/// Identifier of the machine's boot.
pub fn boot() -> String {
    kernel_text("/proc/sys/kernel/random/boot_id")
}

fn kernel_text(path: &str) -> String {
    std::fs::read_to_string(path).map(|text| text.trim().to_owned()).unwrap_or_default()
}

fn user_name() -> String {
    let mut entry = std::mem::MaybeUninit::<libc::passwd>::uninit();
    let mut buffer = vec![0; 16 << 10];
    let mut found = std::ptr::null_mut();
    // SAFETY: all pointers are valid for the call, the length is the buffer's.
    let (uid, status) = unsafe {
        let uid = libc::geteuid();
        (uid, libc::getpwuid_r(uid, entry.as_mut_ptr(), buffer.as_mut_ptr(), buffer.len(), &raw mut found))
    };
    if status != 0 || found.is_null() {
        return uid.to_string();
    }
    // SAFETY: `found` is not null, so `entry` was filled in and its name ends with NUL inside `buffer`.
    unsafe { CStr::from_ptr((*found).pw_name) }.to_string_lossy().into_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn we_are_alive_and_a_process_of_another_time_is_not() {
        let me = owner();
        assert!(is_alive(&me) && !me.user.is_empty() && !me.boot.is_empty());
        assert!(!is_alive(&Owner { process_start: me.process_start + 1, ..me.clone() }));
        assert!(!is_alive(&Owner { boot: "other".into(), ..me.clone() }));
        assert!(!is_alive(&Owner { host: "other".into(), ..me }));
    }
}
