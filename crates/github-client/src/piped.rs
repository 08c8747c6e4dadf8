//! A body that is sent while it is read: a reader at one end, a request at the other, a few pieces between them.

use bytes::Bytes;
use http_body::{Body, Frame, SizeHint};
use std::io;
use std::pin::Pin;
use std::task::{Context, Poll};
use tokio::io::{AsyncRead, AsyncReadExt as _};
use tokio::sync::mpsc;

/// Bytes of a piece: large enough that the channel costs nothing, small enough to hold a few.
const PIECE_BYTES: usize = 64 * 1024;
/// Pieces that wait to be sent.
const PIECES_WAITING: usize = 4;

/// The end that is sent. It fails unless exactly as many bytes come as were announced.
pub(crate) struct Piped {
    pieces: mpsc::Receiver<Bytes>,
    left: u64,
}

impl Piped {
    pub(crate) fn new(size: u64) -> (mpsc::Sender<Bytes>, Self) {
        let (sender, pieces) = mpsc::channel(PIECES_WAITING);
        (sender, Self { pieces, left: size })
    }
}

impl Body for Piped {
    type Data = Bytes;
    type Error = io::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, io::Error>>> {
        self.pieces.poll_recv(context).map(|piece| match piece {
            Some(piece) => {
                self.left = self.left.saturating_sub(piece.len() as u64);
                Some(Ok(Frame::data(piece)))
            }
            None if self.left == 0 => None,
            None => Some(Err(io::ErrorKind::UnexpectedEof.into())),
        })
    }

    fn is_end_stream(&self) -> bool {
        self.left == 0
    }

    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(self.left)
    }
}

/// Reads exactly `size` bytes into the channel. The last piece is held back until the reader has ended: a file that has grown
/// breaks off, instead of being cut where it was once measured.
pub(crate) async fn pump(
    mut reader: impl AsyncRead + Unpin + Send,
    sender: mpsc::Sender<Bytes>,
    size: u64,
) -> io::Result<()> {
    let mut left = size;
    let mut held: Option<Bytes> = None;
    loop {
        let mut piece = vec![0; PIECE_BYTES];
        let read = reader.read(&mut piece).await?;
        if read as u64 > left {
            return Err(wrong_size("more", size));
        }
        if let Some(held) = held.take()
            && sender.send(held).await.is_err()
        {
            // Nobody sends any more: the answer has come, and says why.
            return Ok(());
        }
        if read == 0 {
            break;
        }
        left -= read as u64;
        piece.truncate(read);
        held = Some(piece.into());
    }
    if left == 0 {
        Ok(())
    } else {
        Err(wrong_size("less", size))
    }
}

fn wrong_size(how: &str, size: u64) -> io::Error {
    io::Error::new(
        io::ErrorKind::InvalidData,
        format!("{how} than the {size} bytes that were announced"),
    )
}
