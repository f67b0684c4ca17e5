using Pacs.Dicom.Datasets;
using Pacs.Dicom.Files;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.TestKit.Samples;
using Xunit.Abstractions;

namespace Pacs.Dicom.Tests.RealFiles;

/// <summary>What the toolkit makes of real files. Without the corpus these tests say so and check nothing.</summary>
public sealed class CorpusTests(ITestOutputHelper output)
{
    private static readonly DatasetLimits Everything = new() { KeepBulkData = true, MaxInlineTotal = int.MaxValue };

    /// <summary>Written back, these are not the bytes they were.</summary>
    private static readonly Dictionary<string, string> NotSameBytes = new()
    {
        ["malformed/gdcm_SIEMENS-MR-RGB-16Bits.dcm"] = "its item delimiters carry the length FFFFFFFF; PS3.5 §7.5 demands 00000000, which is written",
        ["dicomdir/pydicom-tree/DICOMDIR-nooffset"] = "its last item claims more bytes than its sequence has; the length that it really has is written",
    };

    [Fact]
    public void Read_EveryFile_ReadsWhatDcmdumpReadsAndRefusesTheRestTyped()
    {
        foreach (var file in Corpus.Files(output.WriteLine))
        {
            var fault = Record.Exception(() => DicomFile.Open(file.FullPath));
            if (file.IsReadByDcmdump) Assert.True(fault is null, $"{file.Path}: {fault}");
            else Assert.InRange(Assert.IsType<DicomFormatException>(fault).Offset, 0, new FileInfo(file.FullPath).Length);
            if (fault is not null) output.WriteLine($"refused: {file.Path}: {fault.Message}");
        }
    }

    [Fact]
    public void Read_InPiecesOfAnySize_GivesTheSame()
    {
        foreach (var file in Readable())
        {
            var (meta, dataset) = Split(file);
            var expected = CompactHeader.Encode(DatasetReader.Read(dataset, meta.TransferSyntax));
            var random = new Random(file.Path.Length);
            using var parser = new DatasetParser(meta.TransferSyntax);
            for (ReadOnlySpan<byte> rest = dataset; !rest.IsEmpty;)
            {
                var length = Math.Min(rest.Length, random.Next(1, random.Next(2) == 0 ? 16 : 20_000));
                parser.Append(rest[..length]);
                rest = rest[length..];
            }
            Assert.Equal(expected, CompactHeader.Encode(parser.Complete()));
        }
    }

    [Fact]
    public void Write_EveryFile_GivesTheSameBytes()
    {
        foreach (var file in Readable())
        {
            var (meta, dataset) = Split(file);
            var written = DatasetWriter.ToArray(DatasetReader.Read(dataset, meta.TransferSyntax, Everything), meta.TransferSyntax);
            if (meta.TransferSyntax.IsDeflated)
            {
                // Deflaters differ: what has to be the same is what comes out of them.
                (dataset, written) = (Inflate(dataset, meta.TransferSyntax), Inflate(written, meta.TransferSyntax));
            }
            if (NotSameBytes.TryGetValue(file.Path, out var reason)) output.WriteLine($"not the same bytes: {file.Path}: {reason}");
            Assert.True(dataset.AsSpan().SequenceEqual(written) != NotSameBytes.ContainsKey(file.Path), file.Path);
        }
    }

    [Fact]
    public void Encode_EveryHeader_DecodesToTheSame()
    {
        foreach (var file in Readable())
        {
            var header = CompactHeader.Encode(DicomFile.Open(file.FullPath).Dataset);
            Assert.Equal(header, CompactHeader.Encode(CompactHeader.Decode(header)));
        }
    }

    [Fact]
    public void Transcode_EveryNativeFile_KeepsEveryValue()
    {
        foreach (var file in Readable())
        {
            var (meta, dataset) = Split(file);
            if (!meta.TransferSyntax.IsNative) continue;
            var original = DatasetReader.Read(dataset, meta.TransferSyntax, Everything);
            foreach (var syntax in Natives())
            {
                var transcoded = Transcode(dataset, meta.TransferSyntax, syntax);
                AssertSameValues(file.Path, original, DatasetReader.Read(transcoded, syntax, Everything));
                // Byte order and deflate alone lose nothing at all.
                if (!meta.TransferSyntax.IsExplicitVr || !syntax.IsExplicitVr || meta.TransferSyntax.IsDeflated || NotSameBytes.ContainsKey(file.Path)) continue;
                Assert.True(dataset.AsSpan().SequenceEqual(Transcode(transcoded, syntax, meta.TransferSyntax)), $"{file.Path} by {syntax}");
            }
        }
    }

    [Theory]
    [InlineData(Vr.UN)]
    [InlineData(Vr.OB)]
    public void Normalize_EveryNativeFile_KeepsEveryValueUnderAKnownVr(Vr unknown)
    {
        foreach (var file in Readable())
        {
            var (meta, dataset) = Split(file);
            if (!meta.TransferSyntax.IsNative) continue;
            using var stream = NativeTranscodingStream.Normalize(new MemoryStream(dataset), meta.TransferSyntax, unknown);
            using var result = new MemoryStream();
            stream.CopyTo(result);
            var normalized = DatasetReader.Read(result.ToArray(), TransferSyntaxRegistry.ExplicitVrLittleEndian, Everything);
            AssertSameValues(file.Path, DatasetReader.Read(dataset, meta.TransferSyntax, Everything), normalized);
            Assert.All(Values(normalized), v => Assert.True(v.Vr.IsKnown && (v.Vr != Vr.UN || unknown == Vr.UN), $"{file.Path} {v.Tag} {v.Vr}"));
        }
    }

    private static IEnumerable<ValueElement> Values(DicomDataset dataset) =>
        dataset.OfType<ValueElement>().Concat(dataset.OfType<SequenceElement>().Where(s => s.Vr != Vr.UN).SelectMany(s => s.Items).SelectMany(Values));

    private IEnumerable<CorpusFile> Readable() => Corpus.Files(output.WriteLine).Where(f => f.IsReadByDcmdump);

    private static TransferSyntax[] Natives() =>
        [TransferSyntaxRegistry.ImplicitVrLittleEndian, TransferSyntaxRegistry.ExplicitVrLittleEndian,
            TransferSyntaxRegistry.ExplicitVrBigEndian, TransferSyntaxRegistry.DeflatedExplicitVrLittleEndian];

    private static (FileMetaInformation Meta, byte[] Dataset) Split(CorpusFile file)
    {
        ReadOnlySpan<byte> bytes = File.ReadAllBytes(file.FullPath);
        Assert.True(Part10Parser.TryRead(ref bytes, isFinal: true, out var meta));
        return (meta!, bytes.ToArray());
    }

    private static byte[] Inflate(byte[] dataset, TransferSyntax syntax) => Transcode(dataset, syntax, TransferSyntaxRegistry.ExplicitVrLittleEndian);

    private static byte[] Transcode(byte[] dataset, TransferSyntax from, TransferSyntax to)
    {
        using var stream = NativeTranscodingStream.Create(new MemoryStream(dataset), from, to);
        using var result = new MemoryStream();
        stream.CopyTo(result);
        return result.ToArray();
    }

    /// <summary>Group lengths may go, and Implicit VR does not tell VRs; everything else has to be there.</summary>
    private static void AssertSameValues(string path, DicomDataset expected, DicomDataset actual)
    {
        var (left, right) = (expected.Where(e => !e.Tag.IsGroupLength).ToList(), actual.Where(e => !e.Tag.IsGroupLength).ToList());
        Assert.True(left.Select(e => e.Tag).SequenceEqual(right.Select(e => e.Tag)), path);
        foreach (var (before, after) in left.Zip(right))
        {
            switch (before)
            {
                case ValueElement value:
                    // A sequence that was hidden in a UN of defined length is seen once the dictionary gives its VR.
                    if (after is SequenceElement && value.Vr == Vr.UN) break;
                    Assert.True(value.Value.Span.SequenceEqual(Assert.IsType<ValueElement>(after).Value.Span), $"{path} {before.Tag}");
                    break;
                case SequenceElement sequence:
                    var items = Assert.IsType<SequenceElement>(after).Items;
                    Assert.Equal(sequence.Items.Count, items.Count);
                    foreach (var (item, other) in sequence.Items.Zip(items)) AssertSameValues(path, item, other);
                    break;
                case FragmentsElement fragments:
                    var others = Assert.IsType<FragmentsElement>(after).Fragments;
                    Assert.Equal(fragments.Fragments.Select(f => f.Length), others.Select(f => f.Length));
                    break;
            }
        }
    }
}
