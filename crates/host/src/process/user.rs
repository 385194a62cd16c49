//! Users of this machine.

use std::ffi::CString;
use std::path::PathBuf;

/// What is needed to become a user.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct UserIds {
    /// User id.
    pub uid: u32,
    /// Primary group.
    pub gid: u32,
    /// All groups.
    pub groups: Vec<u32>,
    /// Home folder.
    pub home: PathBuf,
}

/// The ids of a user by name, or `None` when there is no such user.
pub fn user_ids(name: &str) -> Option<UserIds> {
    let name = CString::new(name).ok()?;
    let mut entry = std::mem::MaybeUninit::<libc::passwd>::uninit();
    let mut buffer = vec![0; 16 << 10];
    let mut found = std::ptr::null_mut();
    // SAFETY: all pointers are valid for the call, the length is the buffer's.
    let status = unsafe {
        libc::getpwnam_r(name.as_ptr(), entry.as_mut_ptr(), buffer.as_mut_ptr(), buffer.len(), &raw mut found)
    };
    if status != 0 || found.is_null() {
        return None;
    }
    // SAFETY: `found` is not null, so `entry` was filled in and its texts end with NUL inside `buffer`.
    let (uid, gid, home) = unsafe {
        let home = std::ffi::CStr::from_ptr((*found).pw_dir).to_string_lossy().into_owned();
        ((*found).pw_uid, (*found).pw_gid, home)
    };
    let mut groups = vec![0; 256];
    let mut count = 256;
    // SAFETY: the array has `count` entries.
    let status = unsafe { libc::getgrouplist(name.as_ptr(), gid, groups.as_mut_ptr(), &raw mut count) };
    groups.truncate(usize::try_from(count).unwrap_or(0));
    if status < 0 {
        groups = vec![gid];
    }
    Some(UserIds { uid, gid, groups, home: PathBuf::from(home) })
}
