using System.IO.Compression;

namespace Pacs.Dicom.TransferSyntaxes;

/// <summary>Deflates what it reads, padded to an even length (PS3.5 §A.5).</summary>
internal sealed class DeflatingStream : PullStream
{
    /// <summary>One empty block: what <see cref="DeflateStream"/> does not write when it was given nothing.</summary>
    public static ReadOnlySpan<byte> EmptyStream => [0x03, 0x00];

    private readonly Stream _plain;
    private readonly MemoryStream _deflated = new();
    private readonly DeflateStream _deflate;
    private readonly byte[] _buffer = new byte[64 * 1024];
    private bool _isFinished;
    private bool _isOdd;
    private bool _isEmpty = true;

    public DeflatingStream(Stream plain) => (_plain, _deflate) = (plain, new DeflateStream(_deflated, CompressionLevel.Fastest, leaveOpen: true));

    public override int Read(Span<byte> buffer)
    {
        if (buffer.IsEmpty) return 0;
        while (true)
        {
            var length = _deflated.Read(buffer);
            if (length > 0 || _isFinished) return length;
            Fill();
        }
    }

    private void Fill()
    {
        _deflated.SetLength(0);
        var length = _plain.Read(_buffer);
        if (length > 0)
        {
            _isEmpty = false;
            _deflate.Write(_buffer, 0, length);
        }
        else
        {
            _deflate.Dispose();
            _isFinished = true;
            if (_isEmpty) _deflated.Write(EmptyStream);
        }
        _isOdd ^= (_deflated.Length & 1) != 0;
        if (_isFinished && _isOdd) _deflated.WriteByte(0);
        _deflated.Position = 0;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing)
        {
            _plain.Dispose();
            _deflate.Dispose();
            _deflated.Dispose();
        }
        base.Dispose(disposing);
    }
}
