using System.Buffers;
using Pacs.Storage.Ingest;
using Pacs.TestKit;
using Pacs.TestKit.Samples;

namespace Pacs.Storage.Tests.Ingest;

/// <summary>However a file comes in pieces, the same data set is stored.</summary>
public sealed class Part10IngestSessionTests(PostgresFixture fixture) : IClassFixture<PostgresFixture>
{
    [Theory]
    [InlineData(int.MaxValue, int.MaxValue)]
    [InlineData(int.MaxValue, 4096)]
    [InlineData(1_300_000, 4096)]
    [InlineData(256 * 1024, 100_000)]
    [InlineData(200, 64)]
    public async Task Write_AnyBuffersOfAnySegments_StoresTheSameBytes(int bufferLength, int segmentLength)
    {
        using var process = fixture.StartProcess();
        var sample = SampleObjects.Ct(SampleOptions.Fresh() with { Rows = 1000, Columns = 1000 });
        using var session = new Part10IngestSession(process.Get<IngestService>(), new IngestSource("STOW-RS"));
        foreach (var buffer in sample.ToPart10().Chunk(bufferLength)) session.Write(InSegments(buffer, segmentLength));

        Assert.Equal(IngestOutcome.Stored, (await session.CompleteAsync(default)).Outcome);
        Assert.Equal(sample.ToDatasetBytes(), fixture.StoredDataset(sample.SopInstanceUid));
    }

    [Theory]
    [InlineData(int.MaxValue)]
    [InlineData(200)]
    public async Task Complete_FileIsCut_TellsThePlaceInTheFile(int bufferLength)
    {
        using var process = fixture.StartProcess();
        var cut = SampleObjects.Ct(SampleOptions.Fresh()).ToPart10()[..^100];
        using var session = new Part10IngestSession(process.Get<IngestService>(), new IngestSource("STOW-RS"));
        foreach (var buffer in cut.Chunk(bufferLength)) session.Write(new ReadOnlySequence<byte>(buffer));

        var result = await session.CompleteAsync(default);
        Assert.Equal(IngestOutcome.NotUnderstood, result.Outcome);
        Assert.Contains($"At byte {cut.Length}, element (7FE0,0010)", result.Message, StringComparison.Ordinal);
    }

    private static ReadOnlySequence<byte> InSegments(byte[] bytes, int length)
    {
        Segment? first = null, last = null;
        foreach (var piece in bytes.Chunk(length))
        {
            last = last is null ? first = new Segment(piece) : last.Append(piece);
        }
        return new ReadOnlySequence<byte>(first!, 0, last!, last!.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(byte[] bytes) => Memory = bytes;

        public Segment Append(byte[] bytes)
        {
            var next = new Segment(bytes) { RunningIndex = RunningIndex + Memory.Length };
            Next = next;
            return next;
        }
    }
}
