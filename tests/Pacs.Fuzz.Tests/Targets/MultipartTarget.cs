using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Pacs.Fuzz.Tests.Fuzzing;
using Pacs.Storage.Multipart;

namespace Pacs.Fuzz.Tests.Targets;

/// <summary>Multipart bodies: the same parts however they come.</summary>
internal sealed class MultipartTarget : FuzzTarget
{
    public override string Name => "multipart";

    public override IEnumerable<byte[]> Seeds { get; } =
    [
        [.. "preamble\r\n--b\r\nContent-Type: application/dicom\r\nX: y\r\n\r\none\r\n--bc\r\nis data\r\n--b \t\r\n\r\n\r\n--b\r\n\r\ntwo\r\n--b--\r\nepilogue"u8],
        [.. "--b\r\n\r\nx\r\n--b--"u8],
    ];

    public override IReadOnlyList<byte[]> Tokens { get; } = [[.. "\r\n--b"u8], [.. "\r\n--b--"u8], [.. "\r\n\r\n"u8], [.. "--b\r\n"u8], [.. "\r"u8], [.. "A: b\r\n"u8], [.. ":"u8]];

    public override bool Run(byte[] input, Random random)
    {
        var whole = Read([input]);
        var inPieces = Read(Cut(input, random).Where(p => p.Length > 0));
        Require(whole == inPieces, $"Parts are the same however they come: {Describe(whole)} and {Describe(inPieces)}");
        return whole is not null;
    }

    private static string Describe(string? parts) => parts is null ? "a refusal" : $"{parts.Length} characters";

    private static string? Read(IEnumerable<ReadOnlyMemory<byte>> pieces)
    {
        using var stream = new PieceStream(pieces);
        var reader = new MultipartReader(PipeReader.Create(stream), "b");
        var parts = new StringBuilder();
        try
        {
            while (Result(reader.ReadHeadersAsync(CancellationToken.None)) is { } headers)
            {
                foreach (var (name, value) in headers.Fields) parts.Append(name).Append('=').Append(value).Append('\n');
                for (var isLast = false; !isLast;)
                {
                    var chunk = Result(reader.ReadAsync(CancellationToken.None));
                    parts.Append(Encoding.Latin1.GetString(chunk.Data));
                    isLast = chunk.IsLast;
                    if (isLast) parts.Append(chunk.IsTruncated ? "\ncut" : "\nend");
                    reader.Advance();
                }
            }
            return parts.ToString();
        }
        catch (MultipartException)
        {
            return null;
        }
    }

    // The stream has everything at once: nothing is ever waited for.
    private static T Result<T>(ValueTask<T> task) => task.AsTask().GetAwaiter().GetResult();

    /// <summary>Gives one piece for each read.</summary>
    private sealed class PieceStream(IEnumerable<ReadOnlyMemory<byte>> pieces) : Stream
    {
        private readonly IEnumerator<ReadOnlyMemory<byte>> _pieces = pieces.GetEnumerator();
        private ReadOnlyMemory<byte> _rest;

        public override bool CanRead => true;
        public override bool CanSeek => false;
        public override bool CanWrite => false;
        public override long Length => throw new NotSupportedException();
        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(Span<byte> buffer)
        {
            while (_rest.IsEmpty)
            {
                if (!_pieces.MoveNext()) return 0;
                _rest = _pieces.Current;
            }
            var length = Math.Min(buffer.Length, _rest.Length);
            _rest.Span[..length].CopyTo(buffer);
            _rest = _rest[length..];
            return length;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.FromResult(Read(buffer.Span));
        public override void Flush() { }
        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();
        public override void SetLength(long value) => throw new NotSupportedException();
        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            _pieces.Dispose();
            base.Dispose(disposing);
        }
    }
}
