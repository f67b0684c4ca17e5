namespace Pacs.Dicom.Datasets;

/// <summary>Pieces of memory and ranges of a source, one after another.</summary>
internal sealed class SplicedStream(Stream source, IReadOnlyList<SplicedDataset.Piece> pieces) : Stream
{
    private int _piece;
    private long _inPiece;

    public override bool CanRead => true;
    public override bool CanSeek => false;
    public override bool CanWrite => false;
    public override long Length { get; } = pieces.Sum(p => p.Length);

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    public override int Read(Span<byte> buffer)
    {
        while (_piece < pieces.Count && _inPiece == pieces[_piece].Length) (_piece, _inPiece) = (_piece + 1, 0);
        if (_piece == pieces.Count || buffer.IsEmpty) return 0;
        var piece = pieces[_piece];
        var wanted = (int)Math.Min(buffer.Length, piece.Length - _inPiece);
        if (!piece.Bytes.IsEmpty)
        {
            piece.Bytes.Span.Slice((int)_inPiece, wanted).CopyTo(buffer);
        }
        else
        {
            if (source.Position != piece.Offset + _inPiece) source.Position = piece.Offset + _inPiece;
            wanted = source.Read(buffer[..wanted]);
            if (wanted == 0) throw new EndOfStreamException("A value ends before its length.");
        }
        _inPiece += wanted;
        return wanted;
    }

    public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));

    // From the page cache, where blocking is the cheapest way.
    public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
        cancellationToken.IsCancellationRequested ? ValueTask.FromCanceled<int>(cancellationToken) : new(Read(buffer.Span));

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override void Flush() { }
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();
    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (disposing) source.Dispose();
        base.Dispose(disposing);
    }
}
