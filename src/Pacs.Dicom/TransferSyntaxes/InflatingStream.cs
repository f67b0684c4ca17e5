using System.IO.Compression;
using Pacs.Dicom.Parsing;

namespace Pacs.Dicom.TransferSyntaxes;

/// <summary>Inflates what it reads (PS3.5 §A.5); what cannot be inflated is a <see cref="DicomFormatException"/>.</summary>
internal sealed class InflatingStream(Stream deflated) : PullStream
{
    private readonly DeflateStream _inflate = new(deflated, CompressionMode.Decompress);
    private long _position;

    public override int Read(Span<byte> buffer)
    {
        try
        {
            var length = _inflate.Read(buffer);
            _position += length;
            return length;
        }
        catch (InvalidDataException)
        {
            throw new DicomFormatException("The deflated data set cannot be inflated.", _position);
        }
    }

    protected override void Dispose(bool disposing)
    {
        if (disposing) _inflate.Dispose();
        base.Dispose(disposing);
    }
}
