using System.Buffers.Binary;
using Pacs.Dicom.TransferSyntaxes;

namespace Pacs.Dicom.Images;

/// <summary>What successive chunks of image data hold. Ends with the first chunk of another type.</summary>
internal sealed class PngDataStream : PullStream
{
    private readonly Stream _input;
    private long _left;
    private bool _isFirst = true;
    private bool _hasEnded;

    public PngDataStream(Stream input, long offset)
    {
        _input = input;
        _input.Seek(offset, SeekOrigin.Current);
    }

    public override int Read(Span<byte> buffer)
    {
        Span<byte> both = stackalloc byte[12];
        while (_left == 0)
        {
            if (_hasEnded) return 0;
            // The checksum of the chunk before comes first; that of the whole, by zlib, is the one that is looked at.
            var header = _isFirst ? both[4..] : both;
            _isFirst = false;
            if (_input.ReadAtLeast(header, header.Length, throwOnEndOfStream: false) < header.Length || BinaryPrimitives.ReadUInt32BigEndian(header[^4..]) != PngHeader.Idat)
            {
                _hasEnded = true;
                return 0;
            }
            _left = BinaryPrimitives.ReadUInt32BigEndian(header[^8..]);
        }
        var read = _input.Read(buffer[..(int)Math.Min(buffer.Length, _left)]);
        _left -= read;
        _hasEnded |= read == 0;
        return read;
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _input.Dispose();
        base.Dispose(disposing);
    }
}
