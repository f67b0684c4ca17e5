using System.IO.Compression;
using FsCheck;
using FsCheck.Fluent;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.Tests.Datasets;
using Pacs.Dicom.TransferSyntaxes;

namespace Pacs.Dicom.Tests.Parsing;

public sealed class DatasetParserTests
{
    private static readonly TransferSyntax Explicit = TransferSyntaxRegistry.ExplicitVrLittleEndian;
    private static readonly TransferSyntax Implicit = TransferSyntaxRegistry.ImplicitVrLittleEndian;
    private static readonly TransferSyntax Encapsulated = TransferSyntaxRegistry.GetOrAssume(Uids.JPEGBaseline8Bit);

    [Theory]
    [MemberData(nameof(SampleDatasets.NativeUids), MemberType = typeof(SampleDatasets))]
    public void Append_AnyChunking_GivesTheSame(string uid)
    {
        var syntax = TransferSyntaxRegistry.GetOrAssume(uid);
        var bytes = DatasetWriter.ToArray(SampleDatasets.Rich(), syntax);
        var expected = CompactHeader.Encode(DatasetReader.Read(bytes, syntax));
        Prop.ForAll(ArbMap.Default.ArbFor<PositiveInt[]>(), lengths =>
        {
            using var parser = new DatasetParser(syntax);
            ReadOnlySpan<byte> rest = bytes;
            foreach (var length in lengths)
            {
                parser.Append(rest[..Math.Min(length.Get, rest.Length)]);
                rest = rest[Math.Min(length.Get, rest.Length)..];
            }
            parser.Append(rest);
            return CompactHeader.Encode(parser.Complete()).SequenceEqual(expected);
        }).QuickCheckThrowOnFailure();
    }

    [Theory]
    [MemberData(nameof(SampleDatasets.NativeUids), MemberType = typeof(SampleDatasets))]
    public void Complete_EveryTruncatedPrefix_ThrowsTypedOrGivesWholeElements(string uid)
    {
        var syntax = TransferSyntaxRegistry.GetOrAssume(uid);
        var bytes = DatasetWriter.ToArray(SampleDatasets.Rich(), syntax);
        var whole = DatasetReader.Read(bytes, syntax).Select(e => e.Tag).ToList();
        for (var length = 0; length < bytes.Length; length++)
        {
            try
            {
                var prefix = DatasetReader.Read(bytes.AsSpan(0, length), syntax).Select(e => e.Tag).ToList();
                Assert.Equal(whole[..prefix.Count], prefix);
                // A deflate stream tells its own end; only the byte that pads it may be missing.
                Assert.True(!syntax.IsDeflated || length == bytes.Length - 1);
            }
            catch (DicomFormatException e)
            {
                Assert.InRange(e.Offset, 0, int.MaxValue);
            }
        }
    }

    [Fact]
    public void Append_PixelData_IsLeftWhereItIs()
    {
        var bytes = DatasetWriter.ToArray(SampleDatasets.Rich(), Explicit);
        var bulk = Assert.IsType<BulkElement>(DatasetReader.Read(bytes, Explicit)[Tags.PixelData]);
        Assert.Equal((bytes.Length - 12, 12, false), (bulk.Offset, bulk.Length, bulk.IsEncapsulated));
    }

    [Fact]
    public void Append_LongValueInItem_BecomesBulk()
    {
        var limits = new DatasetLimits { MaxInlineValueLength = 4 };
        var dataset = DatasetReader.Read(DatasetWriter.ToArray(SampleDatasets.Rich(), Explicit), Explicit, limits);
        Assert.IsType<BulkElement>(dataset.GetItems(Tags.ReferencedStudySequence)[0][Tags.StudyDescription]);
        Assert.IsType<ValueElement>(dataset[Tags.Rows]);
    }

    [Fact]
    public void Append_Encapsulated_RecordsFragmentsAndOffsetTable()
    {
        var bytes = DatasetWriter.ToArray(SampleDatasets.Encapsulated([0, 0, 0, 0, 10, 0, 0, 0], [1, 2], [3, 4, 5, 6]), Encapsulated);
        using var parser = new DatasetParser(Encapsulated);
        foreach (var b in bytes) parser.Append([b]);
        var bulk = Assert.IsType<BulkElement>(parser.Complete()[Tags.PixelData]);
        Assert.True(bulk.IsEncapsulated);
        Assert.Equal(bytes.Length, bulk.Offset + bulk.Length);
        Assert.Equal([8u, 2u, 4u], parser.Fragments.Select(f => f.Length));
        Assert.Equal(bulk.Offset + 8, parser.Fragments[0].Offset);
        Assert.Equal([3, 4, 5, 6], bytes.AsSpan((int)parser.Fragments[2].Offset, 4).ToArray());
        Assert.Equal([0, 0, 0, 0, 10, 0, 0, 0], parser.BasicOffsetTable.ToArray());
    }

    [Fact]
    public void Append_EncapsulatedIconInItem_BecomesBulk()
    {
        var icon = SampleDatasets.Encapsulated([], [1, 2, 3, 4]);
        var bytes = DatasetWriter.ToArray(new DicomDataset().Set(Tags.IconImageSequence, icon), Encapsulated);
        using var parser = new DatasetParser(Encapsulated);
        parser.Append(bytes);
        var bulk = Assert.IsType<BulkElement>(parser.Complete().GetItems(Tags.IconImageSequence)[0][Tags.PixelData]);
        Assert.True(bulk.IsEncapsulated);
        Assert.Empty(parser.Fragments);
    }

    [Fact]
    public void Append_BigEndian_SwapsByUnitOfTheVr()
    {
        var bytes = SampleDatasets.Hex("0028 0010 5553 0002 0102  0028 0009 4154 0004 0018 1063  7FE0 0010 4F57 0000 00000004 0102 0304");
        var dataset = DatasetReader.Read(bytes, TransferSyntaxRegistry.ExplicitVrBigEndian, SampleDatasets.Everything);
        Assert.Equal(0x0102, dataset.GetInteger(Tags.Rows));
        Assert.Equal("00181063", dataset.GetString(Tags.FrameIncrementPointer));
        Assert.Equal([2, 1, 4, 3], Assert.IsType<ValueElement>(dataset[Tags.PixelData]).Value.ToArray());
    }

    [Fact]
    public void Append_UnOfUndefinedLength_IsASequenceInImplicitVr()
    {
        var bytes = SampleDatasets.Hex("""
            0900 0110 554E 0000 FFFFFFFF
              FEFF 00E0 FFFFFFFF  0800 5011 04000000 312E3200  FEFF 0DE0 00000000
            FEFF DDE0 00000000
            1000 1000 504E 0200 412A
            """);
        var dataset = DatasetReader.Read(bytes, Explicit);
        var sequence = Assert.IsType<SequenceElement>(dataset[new Tag(0x00091001)]);
        Assert.Equal(Vr.UN, sequence.Vr);
        Assert.Equal("1.2", sequence.Items[0].GetString(Tags.ReferencedSOPClassUID));
        Assert.Equal("A*", dataset.GetString(Tags.PatientName));
        Assert.Equal(bytes, DatasetWriter.ToArray(dataset, Explicit));
    }

    [Fact]
    public void Append_ImplicitPrivateOfUndefinedLength_IsASequence()
    {
        var bytes = SampleDatasets.Hex("0900 0110 FFFFFFFF  FEFF 00E0 00000000  FEFF DDE0 00000000");
        Assert.Equal(Vr.SQ, Assert.IsType<SequenceElement>(Assert.Single(DatasetReader.Read(bytes, Implicit))).Vr);
    }

    [Theory]
    [InlineData("2800 0601 02000000 FEFF", Vr.US)]
    [InlineData("2800 0301 02000000 0100  2800 0601 02000000 FEFF", Vr.SS)]
    public void Append_ImplicitUsOrSs_FollowsPixelRepresentation(string hex, Vr vr) =>
        Assert.Equal(vr, DatasetReader.Read(SampleDatasets.Hex(hex), Implicit)[Tags.SmallestImagePixelValue]!.Vr);

    [Theory]
    [InlineData("1000 2000 2020 0200 3131", 0x2020)] // blanks for a VR: a 16-bit length
    [InlineData("1000 2000 0000 0200 3131", 0)]
    [InlineData("1000 2000 5A5A 0000 02000000 3131", 0x5A5A)] // a VR of a later edition: a 32-bit length
    public void Append_UnknownVr_IsReadAndWrittenBack(string hex, int vr)
    {
        var dataset = DatasetReader.Read(SampleDatasets.Hex(hex), Explicit);
        Assert.Equal((Vr)vr, Assert.Single(dataset).Vr);
        Assert.Equal(SampleDatasets.Hex(hex), DatasetWriter.ToArray(dataset, Explicit));
    }

    [Fact]
    public void Append_ItemLongerThanItsSequence_EndsWithTheSequence()
    {
        var bytes = SampleDatasets.Hex("0800 4011 5351 0000 14000000  FEFF 00E0 FF000000  0800 5011 5549 0400 312E3200  1000 2000 4C4F 0200 3131");
        var dataset = DatasetReader.Read(bytes, Explicit);
        Assert.Equal("1.2", dataset.GetItems(Tags.ReferencedImageSequence)[0].GetString(Tags.ReferencedSOPClassUID));
        Assert.Equal("11", dataset.GetString(Tags.PatientID));
    }

    [Theory]
    [InlineData("1000 1000 504E FFFF 4142", "ends within a value")]
    [InlineData("7FE0 1000 4F57 0000 FEFFFFFF 0000", "ends within a value")]
    [InlineData("0800 4011 5351 0000 12000000  FEFF 00E0 0A000000  0800 5011 5549 0400 312E", "reaches past the end")]
    [InlineData("0800 4011 5351 0000 04000000  FEFF 00E0", "No room")]
    [InlineData("0800 4011 5351 0000 FFFFFFFF  0800 5011 5549 0000", "where an item should be")]
    [InlineData("FEFF 0DE0 00000000", "where an element should be")]
    [InlineData("FEFF DDE0 00000000", "where an element should be")]
    [InlineData("1000 1000 5554 0000 FFFFFFFF", "cannot have an undefined length")]
    [InlineData("E07F 1000 4F42 0000 FFFFFFFF  FEFF 00E0 FFFFFFFF", "must have a length")]
    [InlineData("E07F 1000 4F42 0000 FFFFFFFF  FEFF 00E0 00000000", "ends within a sequence")]
    [InlineData("1000 10", "within the header")]
    public void Append_Broken_ThrowsTyped(string hex, string message)
    {
        var fault = Assert.Throws<DicomFormatException>(() => DatasetReader.Read(SampleDatasets.Hex(hex), Explicit));
        Assert.Contains(message, fault.Message, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("1000 1000 504E FFFF 4142", 10)]
    [InlineData("1000 2000 4C4F 0000  E07F 1000 4F57 0000 FEFFFFBF 00000000", 24)]
    [InlineData("E07F 1000 4F42 0000 FFFFFFFF  FEFF 00E0 00000000  FEFF 00E0 00000040 FFD8", 30)]
    public void Complete_CutWithinAValue_TellsWhereTheBytesEnd(string hex, long offset)
    {
        var fault = Assert.Throws<DicomFormatException>(() => DatasetReader.Read(SampleDatasets.Hex(hex), Explicit));
        Assert.Equal(offset, fault.Offset);
        Assert.Contains($"At byte {offset}, element", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Append_AfterFault_ThrowsTheSame()
    {
        using var parser = new DatasetParser(Explicit);
        var fault = Assert.Throws<DicomFormatException>(() => parser.Append(SampleDatasets.Hex("FEFF 0DE0 00000000")));
        Assert.Same(fault, Assert.Throws<DicomFormatException>(() => parser.Append([0])));
        Assert.Same(fault, Assert.Throws<DicomFormatException>(() => parser.Complete()));
    }

    [Theory]
    [InlineData(Uids.ExplicitVRLittleEndian, "0800 4011 5351 0000 FFFFFFFF  FEFF 00E0 FFFFFFFF")]
    [InlineData(Uids.ImplicitVRLittleEndian, "0900 0110 FFFFFFFF  FEFF 00E0 FFFFFFFF")]
    public void Append_TwoThousandNestedSequences_IsRefusedAtTheLimit(string uid, string level)
    {
        var bytes = Enumerable.Repeat(SampleDatasets.Hex(level), 2000).SelectMany(b => b).ToArray();
        var fault = Assert.Throws<DicomFormatException>(() => DatasetReader.Read(bytes, TransferSyntaxRegistry.GetOrAssume(uid)));
        Assert.True(fault.Offset < 65 * 20);
    }

    [Fact]
    public void Append_DeepestAllowedNesting_IsRead()
    {
        var dataset = new DicomDataset().Set(Tags.PatientID, "1");
        for (var i = 0; i < DatasetLimits.Default.MaxDepth; i++) dataset = new DicomDataset().Set(Tags.ReferencedImageSequence, dataset);
        Assert.Single(DatasetReader.Read(DatasetWriter.ToArray(dataset, Explicit), Explicit));
    }

    [Fact]
    public void Append_ManyElements_AreRefusedAtTheLimit()
    {
        var bytes = Enumerable.Repeat(SampleDatasets.Hex("1000 2000 4C4F 0000"), 101).SelectMany(b => b).ToArray();
        Assert.Throws<DicomFormatException>(() => DatasetReader.Read(bytes, Explicit, new DatasetLimits { MaxElements = 100 }));
    }

    [Fact]
    public void Append_ManyInlineBytes_AreRefusedAtTheLimit()
    {
        var bytes = Enumerable.Repeat(SampleDatasets.Hex("1000 2000 4C4F 0400 31313131"), 100).SelectMany(b => b).ToArray();
        Assert.Throws<DicomFormatException>(() => DatasetReader.Read(bytes, Explicit, new DatasetLimits { MaxInlineTotal = 399 }));
    }

    [Fact]
    public void Append_ValueThatClaimsGigabytes_TakesNoMemoryForThem()
    {
        using var parser = new DatasetParser(Explicit, new DatasetLimits { KeepBulkData = true, MaxInlineTotal = long.MaxValue });
        var before = GC.GetAllocatedBytesForCurrentThread();
        parser.Append(SampleDatasets.Hex("E07F 1000 4F57 0000 0000007F 0000"));
        Assert.InRange(GC.GetAllocatedBytesForCurrentThread() - before, 0, 200_000);
    }

    [Fact]
    public void Append_DeflateBomb_IsRefusedAtTheLimit()
    {
        using var bomb = new MemoryStream();
        using (var deflate = new DeflateStream(bomb, CompressionLevel.Optimal, leaveOpen: true))
        {
            deflate.Write(SampleDatasets.Hex("E07F 1000 4F57 0000 0000007F"));
            var zeros = new byte[1024 * 1024];
            for (var i = 0; i < 20; i++) deflate.Write(zeros);
        }
        Assert.True(bomb.Length < 50_000);
        var fault = Assert.Throws<DicomFormatException>(() =>
            DatasetReader.Read(bomb.ToArray(), TransferSyntaxRegistry.DeflatedExplicitVrLittleEndian, new DatasetLimits { MaxInflatedLength = 10_000_000 }));
        Assert.Contains("10000000", fault.Message, StringComparison.Ordinal);
    }

    [Fact]
    public void Append_NotDeflated_ThrowsTyped() =>
        Assert.Throws<DicomFormatException>(() => DatasetReader.Read(SampleDatasets.Hex("FFFFFFFFFFFF"), TransferSyntaxRegistry.DeflatedExplicitVrLittleEndian));

    [Fact]
    public void Append_MutatedBytes_ReadOrThrowTyped()
    {
        var random = new Random(1);
        foreach (var syntax in SampleDatasets.Natives)
        {
            var original = DatasetWriter.ToArray(SampleDatasets.Rich(), syntax);
            for (var round = 0; round < 3000; round++)
            {
                var bytes = original.ToArray();
                for (var i = random.Next(1, 4); i > 0; i--) bytes[random.Next(bytes.Length)] = (byte)(random.Next(3) == 0 ? 0xFF : random.Next(256));
                try
                {
                    var dataset = DatasetReader.Read(bytes, syntax, SampleDatasets.Everything);
                    CompactHeader.Decode(CompactHeader.Encode(dataset));
                    DatasetWriter.ToArray(dataset, syntax);
                }
                catch (DicomFormatException)
                {
                    continue;
                }
            }
        }
    }

    [Fact]
    public void Append_MoreNestedElementsThanAreKept_LeavesThemOutAndReadsOn()
    {
        var dataset = new DicomDataset()
            .Set(new SequenceElement(Tags.ContourSequence, [.. Enumerable.Range(0, 100).Select(i => new DicomDataset().Set(Tags.ContourNumber, Vr.IS, $"{i}"))]))
            .Set(Tags.ReviewerName, Vr.PN, "Last");
        var bytes = new System.Buffers.ArrayBufferWriter<byte>();
        DatasetWriter.Write(dataset, TransferSyntaxRegistry.ExplicitVrLittleEndian, bytes);
        foreach (var limits in (DatasetLimits[])[new() { MaxNestedElements = 20 }, new() { MaxNestedLength = 20 }])
        {
            using var parser = new DatasetParser(TransferSyntaxRegistry.ExplicitVrLittleEndian, limits);
            foreach (var b in bytes.WrittenSpan) parser.Append([b]);
            var read = parser.Complete();
            Assert.True(parser.IsAbridged);
            Assert.InRange(((SequenceElement)read[Tags.ContourSequence]!).Items.Count, 1, 20);
            Assert.Equal("Last", read.GetString(Tags.ReviewerName));
        }
    }
}
