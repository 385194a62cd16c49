//! A process between us and a program that is run to its end: when we are killed, it ends the program's whole process
//! group. The kernel by itself would end only the program, and leave the compilers that a package manager started.
//!
//! It is a copy of us made between fork and exec, where other threads are gone with whatever locks they held. So it
//! calls the kernel and nothing else: no allocation, no standard library.

/// Splits this process, the leader of a new group, in two. Returns in the one that is to become the program, with the
/// guard as its parent; `false` when the kernel refuses.
///
/// # Safety
/// Only between fork and exec, and only if `parent` is the process that forked.
pub(super) unsafe fn split(parent: i32) -> bool {
    // SAFETY: system calls with plain numbers and sets that live on this stack.
    unsafe {
        let mut heard = std::mem::zeroed();
        libc::sigemptyset(&raw mut heard);
        // TERM comes when our parent dies; all of them may come to the whole group, and are for the program.
        for signal in [libc::SIGCHLD, libc::SIGTERM, libc::SIGINT, libc::SIGHUP] {
            libc::sigaddset(&raw mut heard, signal);
        }
        libc::sigprocmask(libc::SIG_BLOCK, &raw const heard, std::ptr::null_mut());
        match libc::syscall(libc::SYS_clone, libc::SIGCHLD, 0, 0, 0, 0) {
            -1 => false,
            0 => {
                libc::sigprocmask(libc::SIG_UNBLOCK, &raw const heard, std::ptr::null_mut());
                true
            }
            program => stand(parent, program, &heard),
        }
    }
}

/// The guard's life: as long as the program's.
unsafe fn stand(parent: i32, program: libc::c_long, heard: &libc::sigset_t) -> ! {
    // SAFETY: as above.
    unsafe {
        libc::prctl(libc::PR_SET_PDEATHSIG, libc::SIGTERM);
        // Nothing of ours is held open, least of all the pipes that tell when the program has no more to say.
        if libc::syscall(libc::SYS_close_range, 0, u32::MAX, 0) != 0 {
            for fd in 0..4096 {
                libc::close(fd);
            }
        }
        loop {
            let mut status = 0;
            loop {
                match libc::waitpid(-1, &raw mut status, libc::WNOHANG) {
                    pid if libc::c_long::from(pid) == program => leave(status),
                    1.. => {}
                    _ => break,
                }
            }
            if libc::getppid() != parent {
                // The group is ours, so this is our end too.
                libc::kill(-libc::getpid(), libc::SIGKILL);
            }
            let mut signal = 0;
            libc::sigwait(heard, &raw mut signal);
        }
    }
}

/// Ends as the program did.
unsafe fn leave(status: i32) -> ! {
    // SAFETY: as above.
    unsafe {
        if libc::WIFSIGNALED(status) {
            let signal = libc::WTERMSIG(status);
            // The program may have left a core; ours would be of no use.
            let none = libc::rlimit { rlim_cur: 0, rlim_max: 0 };
            libc::setrlimit(libc::RLIMIT_CORE, &raw const none);
            let mut set = std::mem::zeroed();
            libc::sigemptyset(&raw mut set);
            libc::sigprocmask(libc::SIG_SETMASK, &raw const set, std::ptr::null_mut());
            libc::kill(libc::getpid(), signal);
        }
        libc::_exit(libc::WEXITSTATUS(status))
    }
}
