//! Real git, real processes, in temporary folders.

#[cfg(test)]
mod artifacts;
#[cfg(test)]
mod builds;
#[cfg(test)]
mod cargo;
#[cfg(test)]
mod compare;
#[cfg(test)]
mod crash;
#[cfg(test)]
mod git;
#[cfg(test)]
mod renewal;
#[cfg(test)]
mod sources;
#[cfg(test)]
mod support;
