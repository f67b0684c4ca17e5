namespace Pacs.Bench.Objects;

/// <summary>Images as the devices that send most of them make them.</summary>
/// <param name="Name">As on the command line.</param>
internal sealed record ImageSize(string Name, string SopClassUid, string Modality, int Rows, int Columns, int Frames = 1)
{
    public static ImageSize Ct { get; } = new("ct", "1.2.840.10008.5.1.4.1.1.2", "CT", 512, 512);
    public static ImageSize Mr { get; } = new("mr", "1.2.840.10008.5.1.4.1.1.4", "MR", 100, 100);

    /// <summary>500 MB in one object.</summary>
    public static ImageSize MultiFrame { get; } = new("multiframe", "1.2.840.10008.5.1.4.1.1.2.1", "CT", 512, 512, 954);

    /// <summary>4.3 GB in one object: as long as a value can be whose length is told.</summary>
    public static ImageSize Large { get; } = new("large", "1.2.840.10008.5.1.4.1.1.2.1", "CT", 512, 512, 8191);

    public static IReadOnlyList<ImageSize> All { get; } = [Ct, Mr, MultiFrame, Large];
}
