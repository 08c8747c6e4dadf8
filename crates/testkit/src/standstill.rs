//! A store whose calls are done by other threads, made to answer at once: the world stands still meanwhile, or two runs of one
//! seed would not be the same.

use futures::executor::block_on;
use std::future::Future;
use std::pin::pin;
use std::task::{Context, Poll, Waker};
use storage::StoreError;
use storage::contract::{Call, Watch};
use tokio::runtime::Handle;

/// Waits for the real store.
pub(crate) struct Standstill {
    /// Where the store's own tasks run on while this thread waits.
    pub(crate) beside: Handle,
}

impl Watch for Standstill {
    async fn around<'c, T: Send + 'c>(
        &'c self,
        _call: Call<'c>,
        answer: impl Future<Output = Result<T, StoreError>> + Send + 'c,
    ) -> Result<T, StoreError> {
        let _beside = self.beside.enter();
        // This thread's task cannot be asked to let others go on: they wait as well.
        block_on(tokio::task::unconstrained(answer))
    }
}

/// The answer of a call that does not wait: every store of the simulation answers at once.
///
/// # Panics
/// If it waits all the same.
pub(crate) fn at_once<T>(call: impl Future<Output = T>) -> T {
    match pin!(call).poll(&mut Context::from_waker(Waker::noop())) {
        Poll::Ready(answer) => answer,
        Poll::Pending => panic!("a store of the simulation waits"),
    }
}
