//! Speaks to GitHub, understands what GitHub says, keeps within its limits.
