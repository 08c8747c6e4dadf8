//! A stateful GitHub for tests, the demo and comparison runs.
