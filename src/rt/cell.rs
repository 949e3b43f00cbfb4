//! A newest-wins cell between one writer and one reader: neither ever waits, old values are lost.

/// Makes a cell that holds `first`.
pub fn cell<T: Clone + Send>(first: T) -> (Writer<T>, Reader<T>) {
    let (input, output) = triple_buffer::triple_buffer(&first);
    (Writer(input), Reader(output))
}

/// The only writing end.
pub struct Writer<T: Send>(triple_buffer::Input<T>);

/// The only reading end.
pub struct Reader<T: Send>(triple_buffer::Output<T>);

impl<T: Send> Writer<T> {
    /// Replaces what the reader will see next.
    pub fn write(&mut self, value: T) {
        self.0.write(value);
    }
}

impl<T: Send> Reader<T> {
    /// The newest value.
    pub fn read(&mut self) -> &T {
        self.0.read()
    }
}
