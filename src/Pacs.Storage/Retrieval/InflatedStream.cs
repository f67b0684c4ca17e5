using System.Buffers;
using System.IO.Compression;

namespace Pacs.Storage.Retrieval;

/// <summary>A deflated data set, inflated. It has no positions to go to: on the way forward what lies between is read past, on the way back all before is inflated again.</summary>
internal sealed class InflatedStream(BlobStream deflated) : ReadOnlyStream
{
    private DeflateStream _inflating = new(deflated, CompressionMode.Decompress, leaveOpen: true);
    private long _position;

    public override bool CanSeek => true;

    public override long Position
    {
        get => _position;
        set
        {
            if (value < _position) Restart();
            var skipped = ArrayPool<byte>.Shared.Rent(64 * 1024);
            try
            {
                while (_position < value && Read(skipped.AsSpan(0, (int)Math.Min(skipped.Length, value - _position))) > 0) { }
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(skipped);
            }
        }
    }

    public override int Read(Span<byte> buffer)
    {
        var read = _inflating.Read(buffer);
        _position += read;
        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _inflating.Dispose();
            deflated.Dispose();
        }
        base.Dispose(disposing);
    }

    private void Restart()
    {
        _inflating.Dispose();
        deflated.Position = 0;
        _inflating = new DeflateStream(deflated, CompressionMode.Decompress, leaveOpen: true);
        _position = 0;
    }
}
