using Pacs.Dicom.Datasets;
using Pacs.Dicom.Images;
using Pacs.Fuzz.Tests.Fuzzing;
using Pacs.TestKit.Samples;

namespace Pacs.Fuzz.Tests.Targets;

/// <summary>Images and video of other formats: described twice alike, decoded to no more than was said, or refused.</summary>
internal sealed class ImageTarget : FuzzTarget
{
    /// <summary>Decoding more than this would be the fuzzer's whole time.</summary>
    private const int MaxDecoded = 1 << 20;

    public override string Name => "image";

    public override IEnumerable<byte[]> Seeds { get; } =
    [
        SampleImages.Jpeg(30, 40, 3, adobe: 1), SampleImages.Jpeg(30, 40, frame: 0xF7), SampleImages.Jpeg2000(30, 40, 3, isTransformed: true), SampleImages.Jp2(SampleImages.Jpeg2000(30, 40)),
        SampleImages.Png(10, 7, 8, 2, new byte[210]), SampleImages.Png(10, 7, 4, 3, new byte[35], new byte[48]), SampleImages.InterlacedPng(9, 5, new byte[45]),
        SampleImages.Gif(8, 4, new byte[12], new byte[32], new byte[32]), SampleImages.Mp4(30, 40, 7), SampleImages.Mpeg2(30, 40),
    ];

    public override IReadOnlyList<byte[]> Tokens { get; } =
        [[0xFF, 0xD8, 0xFF], [0xFF, 0xC3], [0xFF, 0xDA], [0xFF, 0x90], [0xFF, 0x52], [.. "IDAT"u8], [.. "PLTE"u8], [0x21, 0xF9, 4], [0x2C], [0x3B], [.. "moov"u8], [.. "jp2c"u8], [0, 0, 0, 1], [0xFF, 0xFF, 0xFF, 0xFF]];

    public override bool Run(byte[] input, Random random)
    {
        var source = new StreamedValue(input.Length, () => new MemoryStream(input));
        EncodedImage image;
        try
        {
            image = EncodedImage.Read(source);
        }
        catch (ImageFormatException)
        {
            return false;
        }
        Require(image.Rows is > 0 and <= ushort.MaxValue && image.Columns is > 0 and <= ushort.MaxValue && image.SamplesPerPixel is 1 or 3, "An image has a size.");
        Require((image.Pixels.Length <= input.Length || !image.TransferSyntax.IsEncapsulated) && image.Pixels.Length <= EncodedImage.MaxDecodedLength, "Pixels are bounded.");
        if (image.Pixels.Length > MaxDecoded) return true;
        try
        {
            using var pixels = image.Pixels.Open();
            var buffer = new byte[4096];
            long length = 0;
            for (int read; length < image.Pixels.Length && (read = pixels.Read(buffer, 0, (int)Math.Min(buffer.Length, image.Pixels.Length - length))) > 0;) length += read;
            Require(length == image.Pixels.Length, "Pixels are as many as was said.");
        }
        catch (ImageFormatException)
        {
            return false;
        }
        return true;
    }
}
