//! A way to GitHub that takes a while: what is sent arrives so much later, what is answered at once.

use crate::clock::{Moment, wait};
use anyhow::Result;
use std::net::SocketAddr;
use std::time::Duration;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::mpsc;

/// Bytes that are read at a time.
const CHUNK_BYTES: usize = 16 * 1024;
/// Chunks that are on their way at a time.
const CHUNKS_MAX: usize = 1_024;

/// Begins to relay to this address; says where. It ends with the runtime.
pub(crate) async fn relay(to: SocketAddr, delay: Duration) -> Result<SocketAddr> {
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    drop(tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            drop(tokio::spawn(carry(stream, to, delay)));
        }
    }));
    Ok(address)
}

/// Carries one connection until either side ends it.
async fn carry(from: TcpStream, to: SocketAddr, delay: Duration) {
    let Ok(there) = TcpStream::connect(to).await else {
        return;
    };
    let (Ok(()), Ok(())) = (from.set_nodelay(true), there.set_nodelay(true)) else {
        return;
    };
    let (asks, mut answers) = from.into_split();
    let (mut answered, mut asked) = there.into_split();
    let (late, arriving) = mpsc::channel(CHUNKS_MAX);
    drop(tokio::spawn(read(asks, late)));
    drop(tokio::spawn(
        async move { write(&mut asked, arriving, delay).await },
    ));
    // How it ends is told to both sides by its end.
    let _ = tokio::io::copy(&mut answered, &mut answers).await;
}

async fn read(mut asks: OwnedReadHalf, late: mpsc::Sender<(Moment, Vec<u8>)>) {
    let mut chunk = vec![0; CHUNK_BYTES];
    while let Ok(bytes) = asks.read(&mut chunk).await {
        let sent = late.send((Moment::now(), chunk[..bytes].to_vec())).await;
        if bytes == 0 || sent.is_err() {
            return;
        }
    }
}

async fn write(asked: &mut OwnedWriteHalf, mut arriving: mpsc::Receiver<(Moment, Vec<u8>)>, delay: Duration) {
    while let Some((at, bytes)) = arriving.recv().await {
        wait(at.after(delay).since(Moment::now())).await;
        if bytes.is_empty() || asked.write_all(&bytes).await.is_err() {
            return;
        }
    }
}
