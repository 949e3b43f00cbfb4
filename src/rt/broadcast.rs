//! A newest-wins cell with several readers, who may join at any time.

use crossbeam_channel::{Receiver, Sender, unbounded};

use super::cell::{Reader, Writer, cell};

/// Readers there is room for without allocating.
const READERS: usize = 16;

/// The only writing end.
pub struct Broadcast<T: Send> {
    writers: Vec<Writer<T>>,
    joining: Receiver<Writer<T>>,
}

/// Makes readers. Clones make readers of the same broadcast.
#[derive(Clone)]
pub struct Subscribe<T: Send> {
    first: T,
    joins: Sender<Writer<T>>,
}

/// A broadcast whose readers see `first` until something is written.
pub fn broadcast<T: Clone + Send>(first: T) -> (Broadcast<T>, Subscribe<T>) {
    let (joins, joining) = unbounded();
    (Broadcast { writers: Vec::with_capacity(READERS), joining }, Subscribe { first, joins })
}

impl<T: Clone + Send> Broadcast<T> {
    /// Replaces what every reader will see next. Never waits.
    pub fn write(&mut self, value: &T) {
        self.writers.extend(self.joining.try_iter());
        for writer in &mut self.writers {
            writer.write(value.clone());
        }
    }
}

impl<T: Clone + Send> Subscribe<T> {
    /// One more reader, which sees what is written from now on.
    #[must_use]
    pub fn reader(&self) -> Reader<T> {
        let (writer, reader) = cell(self.first.clone());
        // Fails when the `Broadcast` is dropped: then nothing is written any more and the reader keeps `first`.
        let _ = self.joins.send(writer);
        reader
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_reader_sees_the_newest_whenever_it_joined() {
        let (mut broadcast, subscribe) = broadcast(0);
        let mut early = subscribe.reader();
        assert_eq!(*early.read(), 0);
        broadcast.write(&1);
        let mut late = subscribe.clone().reader();
        assert_eq!((*early.read(), *late.read()), (1, 0));
        broadcast.write(&2);
        broadcast.write(&3);
        assert_eq!((*early.read(), *late.read()), (3, 3));
        drop(broadcast);
        assert_eq!((*subscribe.reader().read(), *late.read()), (0, 3));
    }
}
