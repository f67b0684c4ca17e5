using System.Globalization;
using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Primitives;
using Pacs.Dicom.TransferSyntaxes;
using Pacs.Storage.Retrieval;
using Pacs.Storage.Tests.Queries;
using Pacs.TestKit.Samples;

namespace Pacs.Storage.Tests.Retrieval;

/// <summary>Frames and bulk values that do not begin where bytes and words do, or are not what they seem.</summary>
public sealed class InstanceFramesTests(QueryArchive archive) : IClassFixture<QueryArchive>
{
    private RetrievalService Retrieval => archive.Process.Get<RetrievalService>();

    [Theory]
    [InlineData(Uids.ExplicitVRLittleEndian, Vr.OB)]
    [InlineData(Uids.ImplicitVRLittleEndian, Vr.OW)]
    [InlineData(Uids.ExplicitVRBigEndian, Vr.OW)]
    [InlineData(Uids.ExplicitVRBigEndian, Vr.OB)]
    [InlineData(Uids.DeflatedExplicitVRLittleEndian, Vr.OW)]
    public async Task Find_PackedBits_BeginAtTheFirstBit(string syntax, Vr vr)
    {
        // 3×3 pixels of one bit: frames begin at bits 0, 9, 18, 27.
        var bits = "101010101" + "110011001" + "111000111" + "000000001";
        var packed = new byte[6];
        for (var i = 0; i < bits.Length; i++) packed[i / 8] |= (byte)((bits[i] - '0') << (i % 8));
        var instance = await StoreAsync(Native(syntax, vr, frames: 4, bitsAllocated: 1, packed));
        for (var frame = 0; frame < 4; frame++)
        {
            var bytes = await ReadFrameAsync(instance, frame + 1);
            Assert.Equal(2, bytes.Length);
            Assert.Equal(bits.Substring(frame * 9, 9) + "0000000", string.Concat(Enumerable.Range(0, 16).Select(i => (bytes[i / 8] >> (i % 8)) & 1)));
        }
    }

    [Theory]
    [InlineData(Uids.ExplicitVRLittleEndian, Vr.OB, 8, 9)]
    [InlineData(Uids.ExplicitVRBigEndian, Vr.OB, 8, 9)]
    [InlineData(Uids.ExplicitVRBigEndian, Vr.OW, 8, 9)]
    [InlineData(Uids.ExplicitVRBigEndian, Vr.OW, 16, 18)]
    [InlineData(Uids.ExplicitVRBigEndian, Vr.OW, 32, 36)]
    [InlineData(Uids.DeflatedExplicitVRLittleEndian, Vr.OW, 8, 9)]
    public async Task Find_FramesOfOddSize_AreThePixelsInLittleEndian(string syntax, Vr vr, int bits, int size)
    {
        var pixels = Noise((size * 5) + (size * 5 % 2));
        var instance = await StoreAsync(Native(syntax, vr, frames: 5, bits, pixels));
        foreach (var frame in new[] { 5, 1, 2, 4, 3 })
            Assert.Equal(pixels[((frame - 1) * size)..(frame * size)], await ReadFrameAsync(instance, frame));
    }

    [Theory]
    [InlineData(Uids.ExplicitVRLittleEndian, 4)]
    [InlineData(Uids.ExplicitVRBigEndian, 4)]
    [InlineData(Uids.ExplicitVRBigEndian, 8)]
    public async Task Find_FloatAndDoublePixels_AreFramesToo(string syntax, int bytes)
    {
        var pixels = Noise(9 * bytes * 3);
        var sample = Native(syntax, Vr.OB, frames: 3, bytes * 8, [0, 0]);
        sample.Dataset.Remove(Tags.PixelData);
        sample.Dataset.Set(bytes == 4 ? new ValueElement(Tags.FloatPixelData, Vr.OF, pixels) : new ValueElement(Tags.DoubleFloatPixelData, Vr.OD, pixels));
        var instance = await StoreAsync(sample);
        for (var frame = 1; frame <= 3; frame++)
            Assert.Equal(pixels[((frame - 1) * 9 * bytes)..(frame * 9 * bytes)], await ReadFrameAsync(instance, frame));
        var value = Assert.Single(await FindAllAsync(instance));
        Assert.True(value.IsPixelData);
        Assert.Equal(pixels, Read(instance, value.Location));
    }

    [Theory]
    [InlineData(Uids.ExplicitVRLittleEndian, 1)]
    [InlineData(Uids.ExplicitVRBigEndian, 1)]
    [InlineData(Uids.ExplicitVRBigEndian, 8)]
    [InlineData(Uids.ExplicitVRLittleEndian, 8)]
    public async Task Slice_AnyPartOfAFrame_IsThatPart(string syntax, int bits)
    {
        var instance = await StoreAsync(Native(syntax, Vr.OW, frames: 3, bits, Noise(28), rows: 9, columns: bits == 1 ? 7 : 1));
        var location = (await Retrieval.ReadFramesAsync(instance, CancellationToken.None)).Find(2)!;
        var whole = Read(instance, location);
        for (var from = 0; from < whole.Length; from++)
            for (var count = 1; from + count <= whole.Length; count++)
                Assert.Equal(whole[from..(from + count)], Read(instance, location.Slice(from, count)));
    }

    [Fact]
    public async Task Slice_OfFragments_CrossesThem()
    {
        var sample = SampleObjects.Encapsulated(SampleOptions.Fresh() with { FragmentsPerFrame = 3 });
        var instance = await StoreAsync(sample);
        var whole = ((FragmentsElement)sample.Dataset[Tags.PixelData]!).Fragments.Skip(1).SelectMany(f => f.ToArray()).ToArray();
        var location = (await Retrieval.ReadFramesAsync(instance, CancellationToken.None)).Find(1)!;
        foreach (var (from, count) in new[] { (0, 1), (10, whole.Length - 20), (60, whole.Length - 120), (whole.Length - 1, 1) })
            Assert.Equal(whole[from..(from + count)], Read(instance, location.Slice(from, count)));
    }

    [Fact]
    public async Task Find_CountsThatNoFileHas_FindNothingBeyondTheEnd()
    {
        var instance = await StoreAsync(Native(Uids.ExplicitVRLittleEndian, Vr.OW, frames: int.MaxValue, bitsAllocated: 64, Noise(100), rows: 65535, columns: 65535));
        var frames = await Retrieval.ReadFramesAsync(instance, CancellationToken.None);
        foreach (var frame in new[] { 1, 2, 1 << 20, 536_903_681, int.MaxValue - 1, int.MaxValue }) Assert.Null(frames.Find(frame));
    }

    [Fact]
    public async Task Find_VideoOfAsManyFragmentsAsFrames_HasNone()
    {
        var sample = SampleObjects.Encapsulated(SampleOptions.Fresh() with { TransferSyntax = TransferSyntaxRegistry.GetOrAssume(Uids.MPEG4HP41F), Frames = 4 });
        var instance = await StoreAsync(sample);
        var frames = await Retrieval.ReadFramesAsync(instance, CancellationToken.None);
        Assert.Equal(0, frames.Count);
        Assert.Null(frames.Find(1));
    }

    [Fact]
    public async Task Find_EncapsulatedUncompressed_LeavesPaddingOut()
    {
        byte[] first = [1, 2, 3, 4, 5, 6, 7, 8, 9], second = [9, 8, 7, 6, 5, 4, 3, 2, 1];
        var sample = Native(Uids.EncapsulatedUncompressedExplicitVRLittleEndian, Vr.OB, frames: 2, bitsAllocated: 8, []);
        sample.Dataset.Set(new FragmentsElement(Tags.PixelData, Vr.OB, [default, (byte[])[.. first, 0], (byte[])[.. second, 0]]));
        var instance = await StoreAsync(sample);
        Assert.Equal(first, await ReadFrameAsync(instance, 1));
        Assert.Equal(second, await ReadFrameAsync(instance, 2));
    }

    [Fact]
    public async Task FindBulkData_CompressedIcon_IsItsFragments()
    {
        byte[] one = [0xFF, 0xD8, 1, 2], two = [3, 4, 0xFF, 0xD9];
        var icon = new DicomDataset().Set(new FragmentsElement(Tags.PixelData, Vr.OB, [default, one, two]));
        var sample = SampleObjects.Encapsulated(SampleOptions.Fresh() with { Customize = d => d.Set(Tags.IconImageSequence, icon) });
        var instance = await StoreAsync(sample);
        var values = await FindAllAsync(instance);
        Assert.Equal(["00880200/0/7FE00010", "7FE00010"], values.Select(v => v.Path));
        Assert.Equal([false, true], values.Select(v => v.IsPixelData));
        Assert.Equal([.. one, .. two], Read(instance, values[0].Location));
        var found = await Retrieval.FindBulkDataAsync(instance, "00880200/0/7FE00010", CancellationToken.None);
        Assert.Equal([.. one, .. two], Read(instance, found!.Location));
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task FindBulkData_Document_IsAsLongAsItSays(bool saysItsLength)
    {
        var sample = SampleObjects.Pdf(SampleOptions.Fresh() with { Customize = d => d.Set(new ValueElement(Tags.EncapsulatedDocument, Vr.OB, new byte[] { 1, 2, 3, 0 })) });
        if (saysItsLength) sample.Dataset.Set(Tags.EncapsulatedDocumentLength, 3);
        var instance = await StoreAsync(sample);
        var value = await Retrieval.FindBulkDataAsync(instance, "00420011", CancellationToken.None);
        Assert.Equal("application/pdf", value!.DocumentType);
        Assert.Equal(saysItsLength ? [1, 2, 3] : [1, 2, 3, 0], Read(instance, value.Location));
    }

    private static SampleObject Native(string syntax, Vr vr, int frames, int bitsAllocated, byte[] pixels, int rows = 3, int columns = 3) => SampleObjects.MultiFrame(SampleOptions.Fresh() with
    {
        TransferSyntax = TransferSyntaxRegistry.GetOrAssume(syntax),
        Frames = 1,
        Customize = d => d.Set(Tags.NumberOfFrames, frames.ToString(CultureInfo.InvariantCulture)).Set(Tags.Rows, rows).Set(Tags.Columns, columns)
            .Set(Tags.BitsAllocated, bitsAllocated).Set(Tags.BitsStored, bitsAllocated).Set(Tags.HighBit, bitsAllocated - 1).Set(new ValueElement(Tags.PixelData, vr, pixels)),
    });

    private static byte[] Noise(int length)
    {
        var bytes = new byte[length];
        new Random(length).NextBytes(bytes);
        return bytes;
    }

    private async Task<StoredInstance> StoreAsync(SampleObject sample)
    {
        archive.Store(sample);
        await foreach (var instance in Retrieval.SelectAsync(new() { SopInstanceUids = [sample.SopInstanceUid] }, CancellationToken.None)) return instance;
        throw new InvalidOperationException("It is not there.");
    }

    private async Task<List<BulkValue>> FindAllAsync(StoredInstance instance) => [.. Retrieval.FindBulkData(instance, await Retrieval.ReadHeaderAsync(instance, CancellationToken.None))];

    private async Task<byte[]> ReadFrameAsync(StoredInstance instance, int frame)
    {
        var location = (await Retrieval.ReadFramesAsync(instance, CancellationToken.None)).Find(frame);
        Assert.NotNull(location);
        return Read(instance, location);
    }

    /// <summary>In small steps of all lengths, so that units are cut anywhere.</summary>
    private byte[] Read(StoredInstance instance, FrameLocation location)
    {
        using var reader = Retrieval.OpenBulkData(instance);
        using var stream = reader.Open(location);
        var bytes = new MemoryStream();
        var buffer = new byte[16];
        var step = 0;
        for (int n; (n = stream.Read(buffer, 0, 1 + (step++ * 3 % 16))) > 0;) bytes.Write(buffer, 0, n);
        Assert.Equal(location.Length, bytes.Length);
        return bytes.ToArray();
    }
}
