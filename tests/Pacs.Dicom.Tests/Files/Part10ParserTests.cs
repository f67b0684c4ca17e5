using System.Buffers.Binary;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Files;
using Pacs.Dicom.Parsing;
using Pacs.Dicom.Tests.Datasets;
using Pacs.Dicom.TransferSyntaxes;

namespace Pacs.Dicom.Tests.Files;

public sealed class Part10ParserTests
{
    private static readonly FileMetaInformation Meta = new()
    {
        MediaStorageSopClassUid = Uids.CTImageStorage,
        MediaStorageSopInstanceUid = "1.2.840.1",
        TransferSyntax = TransferSyntaxRegistry.ExplicitVrLittleEndian,
        SourceApplicationEntityTitle = "MODALITY",
        ReceivingApplicationEntityTitle = "ARCHIVE2",
    };

    [Fact]
    public void TryRead_OwnHeader_GivesItBack()
    {
        var bytes = Whole(Meta);
        ReadOnlySpan<byte> input = bytes;
        Assert.True(Part10Parser.TryRead(ref input, isFinal: false, out var meta));
        Assert.Equal(Meta, meta);
        Assert.Equal(Meta.ToPart10Header().Length, bytes.Length - input.Length);
    }

    [Fact]
    public void TryRead_EveryTruncatedPrefix_NeedsMore()
    {
        var header = Meta.ToPart10Header();
        for (var length = 0; length <= header.Length; length++)
        {
            ReadOnlySpan<byte> input = header.AsSpan(0, length);
            Assert.False(Part10Parser.TryRead(ref input, isFinal: false, out _));
            Assert.Equal(length, input.Length);
        }
    }

    [Fact]
    public void TryRead_EveryTruncatedFile_ThrowsTypedOrReads()
    {
        var header = Meta.ToPart10Header();
        for (var length = 0; length < header.Length; length++)
        {
            var bytes = header[..length];
            var fault = Record.Exception(() =>
            {
                ReadOnlySpan<byte> input = bytes;
                Part10Parser.TryRead(ref input, isFinal: true, out _);
            });
            Assert.True(fault is null or DicomFormatException, fault?.ToString());
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(20)]
    [InlineData(int.MaxValue)]
    public void TryRead_GroupLengthThatLies_IsNotBelieved(int lie)
    {
        var bytes = Whole(Meta);
        BinaryPrimitives.WriteInt32LittleEndian(bytes.AsSpan(140), lie);
        ReadOnlySpan<byte> input = bytes;
        Assert.True(Part10Parser.TryRead(ref input, isFinal: true, out var meta));
        Assert.Equal(Meta, meta);
    }

    [Fact]
    public void TryRead_ElementThatClaimsGigabytes_Throws()
    {
        var bytes = Whole(Meta);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(132 + 12 + 8), 0x7FFFFFFF);
        Assert.Throws<DicomFormatException>(() =>
        {
            ReadOnlySpan<byte> input = bytes;
            Part10Parser.TryRead(ref input, isFinal: false, out _);
        });
    }

    [Fact]
    public void TryRead_DeflatedDatasetThatLooksLikeMeta_EndsWithTheGroup()
    {
        var header = (Meta with { TransferSyntax = TransferSyntaxRegistry.DeflatedExplicitVrLittleEndian }).ToPart10Header();
        ReadOnlySpan<byte> input = (byte[])[.. header, 2, 0, 0xFF, 0xFF, 0x55, 0x49, 2, 0, 1, 1];
        Assert.True(Part10Parser.TryRead(ref input, isFinal: false, out _));
        Assert.Equal(10, input.Length);
    }

    [Theory]
    [InlineData(Uids.ImplicitVRLittleEndian)]
    [InlineData(Uids.ExplicitVRLittleEndian)]
    [InlineData(Uids.ExplicitVRBigEndian)]
    public void Read_BareDataset_DeducesTheTransferSyntax(string uid)
    {
        var syntax = TransferSyntaxRegistry.GetOrAssume(uid);
        using var stream = new MemoryStream(DatasetWriter.ToArray(SampleDatasets.Rich(), syntax));
        var file = DicomFile.Read(stream);
        Assert.Equal(syntax, file.FileMeta.TransferSyntax);
        Assert.Equal("", file.FileMeta.MediaStorageSopInstanceUid);
        Assert.Equal(0, file.DatasetOffset);
        Assert.Equal("1.2.840.1", file.Dataset.GetString(Tags.SOPInstanceUID));
    }

    [Theory]
    [InlineData(128)]
    [InlineData(132)]
    public void Read_WithoutPreamble_IsRead(int cut)
    {
        using var stream = new MemoryStream(Whole(Meta)[cut..]);
        Assert.Equal(Meta, DicomFile.Read(stream).FileMeta);
    }

    [Theory]
    [InlineData("")]
    [InlineData("504B0304140000000800")]
    [InlineData("89504E470D0A1A0A0000000D49484452")]
    [InlineData("0000000000000000000000000000")]
    public void Read_NotDicom_ThrowsTyped(string hex)
    {
        using var stream = new MemoryStream(SampleDatasets.Hex(hex));
        Assert.Throws<DicomFormatException>(() => DicomFile.Read(stream));
    }

    [Theory]
    [MemberData(nameof(SampleDatasets.NativeUids), MemberType = typeof(SampleDatasets))]
    public void Write_Read_GivesTheSame(string uid)
    {
        var meta = Meta with { TransferSyntax = TransferSyntaxRegistry.GetOrAssume(uid) };
        using var stream = new MemoryStream();
        DicomFile.Write(stream, meta, SampleDatasets.Rich());
        stream.Position = 0;
        var file = DicomFile.Read(stream, SampleDatasets.Everything);
        Assert.Equal(meta, file.FileMeta);
        Assert.Equal(CompactHeader.Encode(SampleDatasets.Rich()), CompactHeader.Encode(file.Dataset));
    }

    private static byte[] Whole(FileMetaInformation meta) => [.. meta.ToPart10Header(), .. DatasetWriter.ToArray(SampleDatasets.Rich(), meta.TransferSyntax)];
}
