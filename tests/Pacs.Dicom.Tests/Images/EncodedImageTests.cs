using Pacs.Dicom.Datasets;
using Pacs.Dicom.Dictionaries;
using Pacs.Dicom.Images;
using Pacs.TestKit.Samples;
using Xunit.Abstractions;

namespace Pacs.Dicom.Tests.Images;

public sealed class EncodedImageTests(ITestOutputHelper output)
{
    public static TheoryData<string, byte[], string, int, int, string> Streams => new()
    {
        { "grey baseline", SampleImages.Jpeg(30, 40), Uids.JPEGBaseline8Bit, 1, 8, "MONOCHROME2" },
        { "subsampled", SampleImages.Jpeg(30, 40, 3, sampling: 0x21), Uids.JPEGBaseline8Bit, 3, 8, "YBR_FULL_422" },
        { "not subsampled", SampleImages.Jpeg(30, 40, 3), Uids.JPEGBaseline8Bit, 3, 8, "YBR_FULL" },
        { "Adobe says RGB", SampleImages.Jpeg(30, 40, 3, adobe: 0), Uids.JPEGBaseline8Bit, 3, 8, "RGB" },
        { "12 bits", SampleImages.Jpeg(30, 40, precision: 12, frame: 0xC1), Uids.JPEGExtended12Bit, 1, 12, "MONOCHROME2" },
        { "progressive", SampleImages.Jpeg(30, 40, frame: 0xC2), "1.2.840.10008.1.2.4.55", 1, 8, "MONOCHROME2" },
        { "lossless first order", SampleImages.Jpeg(30, 40, precision: 16, frame: 0xC3, parameter: 1), Uids.JPEGLosslessSV1, 1, 16, "MONOCHROME2" },
        { "lossless", SampleImages.Jpeg(30, 40, 3, frame: 0xC3, parameter: 6), Uids.JPEGLossless, 3, 8, "RGB" },
        { "JPEG-LS", SampleImages.Jpeg(30, 40, frame: 0xF7), Uids.JPEGLSLossless, 1, 8, "MONOCHROME2" },
        { "JPEG-LS near", SampleImages.Jpeg(30, 40, 3, frame: 0xF7, parameter: 2), Uids.JPEGLSNearLossless, 3, 8, "RGB" },
        { "JPEG 2000", SampleImages.Jpeg2000(30, 40, precision: 12), Uids.JPEG2000Lossless, 1, 12, "MONOCHROME2" },
        { "JPEG 2000 RCT", SampleImages.Jpeg2000(30, 40, 3, isTransformed: true), Uids.JPEG2000Lossless, 3, 8, "YBR_RCT" },
        { "JPEG 2000 ICT", SampleImages.Jpeg2000(30, 40, 3, isReversible: false, isTransformed: true), Uids.JPEG2000, 3, 8, "YBR_ICT" },
        { "HTJ2K", SampleImages.Jpeg2000(30, 40, isHighThroughput: true), Uids.HTJ2KLossless, 1, 8, "MONOCHROME2" },
        { "HTJ2K lossy", SampleImages.Jpeg2000(30, 40, 3, isReversible: false, isHighThroughput: true), Uids.HTJ2K, 3, 8, "RGB" },
        { "JP2", SampleImages.Jp2(SampleImages.Jpeg2000(30, 40)), Uids.JPEG2000Lossless, 1, 8, "MONOCHROME2" },
        { "H.264", SampleImages.Mp4(30, 40, 7), "1.2.840.10008.1.2.4.102", 3, 8, "YBR_PARTIAL_420" },
        { "H.264 level 5", SampleImages.Mp4(30, 40, 7, level: 50), "1.2.840.10008.1.2.4.104", 3, 8, "YBR_PARTIAL_420" },
        { "H.265", SampleImages.Mp4(30, 40, 7, isHevc: true), "1.2.840.10008.1.2.4.107", 3, 8, "YBR_PARTIAL_420" },
        { "MPEG-2", SampleImages.Mpeg2(30, 40), "1.2.840.10008.1.2.4.100", 3, 8, "YBR_PARTIAL_420" },
    };

    [Theory]
    [MemberData(nameof(Streams))]
    public void Read_CodeStream_IsDescribedAsItIs(string name, byte[] bytes, string syntax, int samples, int bits, string photometric)
    {
        var image = Read(bytes);
        Assert.Equal((name, syntax, 30, 40, samples, bits, photometric), (name, image.TransferSyntax.Uid, image.Rows, image.Columns, image.SamplesPerPixel, image.BitsStored, image.PhotometricInterpretation));
    }

    [Fact]
    public void Read_Jp2_PixelsAreTheCodeStreamAlone() => Assert.Equal(SampleImages.Jpeg2000(30, 40), Pixels(Read(SampleImages.Jp2(SampleImages.Jpeg2000(30, 40)))));

    [Fact]
    public void Read_Mp4_TellsFramesAndTheirTime()
    {
        var image = Read(SampleImages.Mp4(30, 40, 7));
        Assert.Equal((7, 40.0), (image.Frames, image.FrameTime));
    }

    [Theory]
    [MemberData(nameof(Streams))]
    public void Read_Cut_IsRefusedOrStillDescribed(string name, byte[] bytes, string syntax, int samples, int bits, string photometric)
    {
        for (var length = 0; length < bytes.Length; length++)
        {
            try
            {
                var image = Read(bytes[..length]);
                Assert.Equal((name, syntax, samples, bits, photometric), (name, image.TransferSyntax.Uid, image.SamplesPerPixel, image.BitsStored, image.PhotometricInterpretation));
            }
            catch (ImageFormatException e)
            {
                Assert.NotEmpty(e.Message);
            }
        }
    }

    [Theory]
    [InlineData(0, 1, 10, 7)]
    [InlineData(0, 2, 10, 7)]
    [InlineData(0, 4, 11, 7)]
    [InlineData(0, 8, 10, 7)]
    [InlineData(0, 16, 10, 7)]
    [InlineData(2, 8, 10, 7)]
    [InlineData(2, 16, 10, 7)]
    [InlineData(3, 4, 11, 7)]
    [InlineData(3, 8, 10, 7)]
    [InlineData(4, 8, 10, 7)]
    [InlineData(4, 16, 10, 7)]
    [InlineData(6, 8, 10, 7)]
    [InlineData(6, 16, 10, 7)]
    public void Read_Png_IsDecodedWithoutAlpha(int colourType, int depth, int columns, int rows)
    {
        var channels = colourType switch { 2 => 3, 4 => 2, 6 => 4, _ => 1 };
        var length = (columns * channels * depth + 7) / 8;
        var samples = new byte[length * rows];
        new Random(1).NextBytes(samples);
        byte[] palette = [.. Enumerable.Range(0, 768).Select(i => (byte)(i * 5))];
        var image = Read(SampleImages.Png(columns, rows, depth, colourType, samples, colourType == 3 ? palette : null));

        var kept = colourType is 2 or 3 or 6 ? 3 : 1;
        var expected = new List<byte>();
        for (var row = 0; row < rows; row++)
            for (var column = 0; column < columns; column++)
            {
                int Sample(int channel)
                {
                    var bit = (column * channels + channel) * depth;
                    return depth == 16 ? (samples[row * length + bit / 8] << 8) | samples[row * length + bit / 8 + 1]
                        : (samples[row * length + bit / 8] >> (8 - depth - bit % 8)) & ((1 << depth) - 1);
                }
                for (var channel = 0; channel < kept; channel++)
                {
                    var value = colourType == 3 ? palette[Sample(0) * 3 + channel] : depth < 8 ? Sample(channel) * 255 / ((1 << depth) - 1) : Sample(channel);
                    expected.Add((byte)value);
                    if (depth == 16) expected.Add((byte)(value >> 8));
                }
            }
        Assert.Equal(expected, Pixels(image));
        Assert.Equal((rows, columns, kept, depth == 16 ? 16 : 8), (image.Rows, image.Columns, image.SamplesPerPixel, image.BitsAllocated));
        Assert.False(image.TransferSyntax.IsEncapsulated);
    }

    [Theory]
    [InlineData(1, 1)]
    [InlineData(3, 9)]
    [InlineData(17, 13)]
    public void Read_InterlacedPng_IsDecoded(int columns, int rows)
    {
        var samples = new byte[columns * rows];
        new Random(2).NextBytes(samples);
        Assert.Equal(samples, Pixels(Read(SampleImages.InterlacedPng(columns, rows, samples))));
    }

    [Fact]
    public void Read_Gif_EachFrameIsDecoded()
    {
        byte[] palette = [0, 0, 0, 255, 0, 0, 0, 255, 0, 0, 0, 255];
        var random = new Random(3);
        byte[][] frames = [.. Enumerable.Range(0, 3).Select(_ => Enumerable.Range(0, 50 * 60).Select(_ => (byte)random.Next(4)).ToArray())];
        var image = Read(SampleImages.Gif(50, 60, palette, frames));
        Assert.Equal((60, 50, 3, 3, 100.0), (image.Rows, image.Columns, image.SamplesPerPixel, image.Frames, image.FrameTime));
        Assert.Equal(frames.SelectMany(f => f).SelectMany(i => palette[(i * 3)..(i * 3 + 3)]), Pixels(image));
    }

    [Theory]
    [InlineData("")]
    [InlineData("no image")]
    [InlineData("GIF89a")]
    [InlineData("BM000000000000")]
    public void Read_NothingKnown_IsRefused(string text) => Assert.Throws<ImageFormatException>(() => Read(System.Text.Encoding.ASCII.GetBytes(text)));

    [Fact]
    public void Read_LargerThanIsDecoded_IsRefusedBeforeItIs()
    {
        Assert.Throws<ImageFormatException>(() => Read(SampleImages.PngOf(65535, 65535, 16, 2, null, 0, [1])));
        Assert.Throws<ImageFormatException>(() => Read(SampleImages.PngOf(65535, 6553, 8, 0, null, 1, [1])));
        Assert.Throws<ImageFormatException>(() => Read(SampleImages.PngOf(0, 5, 8, 0, null, 0, [1])));
        Assert.Throws<ImageFormatException>(() => Read([.. "GIF89a"u8, 0xFF, 0xFF, 0xFF, 0xFF, 0, 0, 0, 0x3B]));
    }

    [Fact]
    public void Pixels_BrokenData_IsRefused()
    {
        var png = SampleImages.Png(10, 7, 8, 0, new byte[70]);
        Assert.Throws<ImageFormatException>(() => Pixels(Read(SampleImages.PngOf(10, 7, 8, 0, null, 0, [1, 2, 3]))));
        Assert.Throws<ImageFormatException>(() => Pixels(Read(png[..^30])));
    }

    /// <summary>What others encoded says of itself what the data set around it says.</summary>
    [Fact]
    public void Read_FirstFragmentsOfTheCorpus_AgreeWithTheirDataSets()
    {
        var (compared, files) = (0, Corpus.Files(output.WriteLine));
        foreach (var file in files)
        {
            DicomDataset dataset;
            Pacs.Dicom.Files.DicomFile read;
            try
            {
                read = Pacs.Dicom.Files.DicomFile.Open(file.FullPath, new() { KeepBulkData = true });
                dataset = read.Dataset;
            }
            catch (DicomException)
            {
                continue;
            }
            if (dataset[Tags.PixelData] is not FragmentsElement { Fragments.Count: > 1 } pixels) continue;
            EncodedImage image;
            try
            {
                image = Read(pixels.Fragments[1].ToArray());
            }
            catch (ImageFormatException e)
            {
                output.WriteLine($"{file.Path} {read.FileMeta.TransferSyntax.Uid}: {e.Message}");
                continue;
            }
            if (image.TransferSyntax != read.FileMeta.TransferSyntax || image.PhotometricInterpretation != dataset.GetString(Tags.PhotometricInterpretation))
                output.WriteLine($"{file.Path}: {read.FileMeta.TransferSyntax.Uid} {dataset.GetString(Tags.PhotometricInterpretation)}, here {image.TransferSyntax.Uid} {image.PhotometricInterpretation}");
            Assert.Equal((file.Path, dataset.GetInteger(Tags.Rows), dataset.GetInteger(Tags.Columns), dataset.GetInteger(Tags.SamplesPerPixel)),
                (file.Path, (long?)image.Rows, (long?)image.Columns, (long?)image.SamplesPerPixel));
            compared++;
        }
        Assert.True(files.Count == 0 || compared > 20, $"{compared} compared");
    }

    private static EncodedImage Read(byte[] bytes) => EncodedImage.Read(new StreamedValue(bytes.Length, () => new MemoryStream(bytes)));

    private static byte[] Pixels(EncodedImage image)
    {
        using var stream = image.Pixels.Open();
        using var output = new MemoryStream();
        stream.CopyTo(output);
        return output.ToArray()[..(int)Math.Min(output.Length, image.Pixels.Length)];
    }
}
