//! Whether a process has its store to itself.

/// Who else works on the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tenancy {
    /// Nobody: the caller holds the lock on the state, which dies with its holder. So all other owners are dead, and their
    /// leases are ended at once.
    Sole,
    /// Other processes may live. Their work is taken up only when their leases ran out, and whatever is decided is decided
    /// upon what they stored meanwhile. Clocks must agree to much less than a lease; on one database it is the database's.
    Shared,
}
