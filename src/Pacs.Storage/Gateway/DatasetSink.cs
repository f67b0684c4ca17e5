using Pacs.Dicom.Files;
using Pacs.Dicom.Parsing;

namespace Pacs.Storage.Gateway;

/// <summary>Takes a Part 10 file as it comes from an archive: tells its file meta once, then its data set piece by piece.</summary>
/// <param name="begin">Takes the file meta.</param>
/// <param name="take">Takes the next bytes of the data set.</param>
internal sealed class DatasetSink(Action<FileMetaInformation> begin, DatasetSink.TakeData take) : Stream
{
    public delegate void TakeData(ReadOnlySpan<byte> bytes);

    private byte[]? _header = [];

    public override bool CanRead => false;
    public override bool CanSeek => false;
    public override bool CanWrite => true;
    public override long Length => throw new NotSupportedException();
    public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

    /// <exception cref="DicomFormatException">Not a DICOM file.</exception>
    public override void Write(ReadOnlySpan<byte> buffer)
    {
        if (_header is null)
        {
            take(buffer);
            return;
        }
        _header = [.. _header, .. buffer];
        Begin(isFinal: false);
    }

    public override void Write(byte[] buffer, int offset, int count) => Write(buffer.AsSpan(offset, count));

    public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default)
    {
        Write(buffer.Span);
        return ValueTask.CompletedTask;
    }

    /// <summary>Nothing more comes.</summary>
    /// <exception cref="DicomFormatException">Not a DICOM file.</exception>
    public void Complete()
    {
        if (_header is not null) Begin(isFinal: true);
    }

    public override void Flush() { }
    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
    public override void SetLength(long value) => throw new NotSupportedException();

    private void Begin(bool isFinal)
    {
        ReadOnlySpan<byte> rest = _header;
        if (!Part10Parser.TryRead(ref rest, isFinal, out var meta))
        {
            if (isFinal || _header!.Length > Part10Parser.MaxLength) throw new DicomFormatException("Not a DICOM file: no file meta information.", 0);
            return;
        }
        _header = null;
        begin(meta!);
        if (!rest.IsEmpty) take(rest);
    }
}
