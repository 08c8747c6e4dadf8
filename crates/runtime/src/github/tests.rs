//! Tests of releases on GitHub.
