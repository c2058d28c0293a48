//! What a service may use up.

/// Resource limits of one process and of the user it runs as.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// `memory_mb`: private memory that it may write to, in MiB (`RLIMIT_DATA`). Not the address space: a thread's heap
    /// and stack reserve far more of that than they ever use.
    pub memory_mb: u32,
    /// `files`: open descriptors.
    pub files: u32,
    /// `processes`: processes and threads of its user together; its user is its own, so this is its own limit.
    pub processes: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self { memory_mb: 256, files: 1024, processes: 32 }
    }
}
