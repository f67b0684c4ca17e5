using System.Buffers;
using System.IO.Compression;
using System.Text.Json;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Json;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Fuzz.Tests.Fuzzing;

namespace Pacs.Fuzz.Tests.Targets;

/// <summary>Data sets of one transfer syntax: parsed in pieces, kept as a header, written, re-encoded, told as JSON.</summary>
internal sealed class DatasetTarget(string name, TransferSyntax syntax) : FuzzTarget
{
    private static readonly DatasetLimits Whole = new() { KeepBulkData = true, MaxInlineTotal = 1 << 20, MaxInflatedLength = 1 << 20 };
    private static readonly DatasetLimits Header = new() { MaxInlineValueLength = 16, MaxInflatedLength = 1 << 20 };

    public static IReadOnlyList<DatasetTarget> All { get; } =
    [
        new("dataset-implicit", TransferSyntaxRegistry.ImplicitVrLittleEndian),
        new("dataset-explicit", TransferSyntaxRegistry.ExplicitVrLittleEndian),
        new("dataset-bigendian", TransferSyntaxRegistry.ExplicitVrBigEndian),
        new("dataset-deflated", TransferSyntaxRegistry.DeflatedExplicitVrLittleEndian),
        new("dataset-encapsulated", TransferSyntaxRegistry.GetOrAssume(Uids.JPEGBaseline8Bit)),
    ];

    public override string Name => name;

    private TransferSyntax Syntax => syntax;

    public override IEnumerable<byte[]> Seeds { get; } = [.. SeedDatasets.All(syntax.IsEncapsulated).Select(d => DatasetWriter.ToArray(d, syntax))];

    public override IReadOnlyList<byte[]> Tokens { get; } = SeedDatasets.Tokens;

    public override bool Run(byte[] input, Random random)
    {
        var (dataset, fault) = Parse([input], syntax, Whole);
        var (inPieces, faultInPieces) = Parse(Cut(input, random), syntax, Whole);
        // Where a deflate stream turns out to be broken depends on how much of it is looked at at once.
        Require(syntax.IsDeflated ? fault is null == faultInPieces is null : fault == faultInPieces, $"A fault is the same however the bytes come: {fault ?? "none"} and {faultInPieces ?? "none"}");
        ReadHeader(input, random);
        Transcode(input, random, isAccepted: dataset is not null);
        if (dataset is null) return false;

        var compact = CompactHeader.Encode(dataset);
        RequireEqual(compact, CompactHeader.Encode(inPieces!), "A data set is the same however it comes.");
        RequireEqual(compact, CompactHeader.Encode(CompactHeader.Decode(compact)), "A header is kept as it is.");
        var written = DatasetWriter.ToArray(dataset, syntax);
        var (again, rewriteFault) = Parse([written], syntax, Whole);
        Require(again is not null, $"What was written can be read: {rewriteFault}");
        RequireEqual(compact, CompactHeader.Encode(again!), "What was written is what was read.");
        RequireSameDeflated(input, compact);
        RequireJson(dataset);
        return true;
    }

    private static (DicomDataset? Dataset, string? Fault) Parse(IEnumerable<ReadOnlyMemory<byte>> pieces, TransferSyntax syntax, DatasetLimits limits)
    {
        try
        {
            using var parser = new DatasetParser(syntax, limits);
            foreach (var piece in pieces) parser.Append(piece.Span);
            return (parser.Complete(), null);
        }
        catch (DicomFormatException e)
        {
            return (null, e.Message);
        }
    }

    /// <summary>As ingest does: bulk left out, frames found.</summary>
    private void ReadHeader(byte[] input, Random random)
    {
        try
        {
            using var parser = new DatasetParser(syntax, Header);
            foreach (var piece in Cut(input, random)) parser.Append(piece.Span);
            var header = parser.Complete();
            if (FrameTable.Create(header, parser.Fragments, parser.BasicOffsetTable) is not { } table) return;
            var encoded = table.Encode();
            RequireEqual(encoded, FrameTable.Decode(encoded).Encode(), "A frame table is kept as it is.");
            for (var frame = -1; frame <= Math.Min(table.FrameCount, 16); frame++) _ = table.Find(frame);
        }
        catch (DicomFormatException)
        {
            // Refused, as the whole was.
        }
    }

    private void Transcode(byte[] input, Random random, bool isAccepted)
    {
        if (!syntax.IsNative) return;
        TransferSyntax[] natives = [.. All.Select(t => t.Syntax).Where(s => s.IsNative)];
        var target = natives[random.Next(natives.Length)];
        try
        {
            using var stream = NativeTranscodingStream.Create(new MemoryStream(input), syntax, target);
            using var output = new MemoryStream();
            var buffer = new byte[4096];
            for (int n; output.Length < 4 << 20 && (n = stream.Read(buffer, 0, random.Next(1, buffer.Length))) > 0;) output.Write(buffer, 0, n);
            if (!isAccepted) return;
            var (_, fault) = Parse([output.ToArray()], target, new DatasetLimits { MaxInflatedLength = 8 << 20 });
            Require(fault is null, $"What was re-encoded as {target} can be read: {fault}");
        }
        catch (DicomFormatException e)
        {
            Require(!isAccepted, $"What can be read can be re-encoded as {target}: {e.Message}");
        }
    }

    private void RequireSameDeflated(byte[] input, byte[] compact)
    {
        if (syntax != TransferSyntaxRegistry.ExplicitVrLittleEndian || input.Length == 0) return;
        using var deflated = new MemoryStream();
        using (var deflate = new DeflateStream(deflated, CompressionLevel.Fastest, leaveOpen: true)) deflate.Write(input);
        var (dataset, fault) = Parse([deflated.ToArray()], TransferSyntaxRegistry.DeflatedExplicitVrLittleEndian, Whole);
        Require(dataset is not null, $"What can be read can be read deflated: {fault}");
        RequireEqual(compact, CompactHeader.Encode(dataset!), "A data set is the same deflated.");
    }

    private static void RequireJson(DicomDataset dataset)
    {
        var buffer = new ArrayBufferWriter<byte>();
        DicomJson.Write(buffer, dataset);
        using var document = JsonDocument.Parse(buffer.WrittenMemory, new JsonDocumentOptions { MaxDepth = 1000 });
        Require(document.RootElement.ValueKind == JsonValueKind.Object, "JSON of a data set is an object.");
    }
}
