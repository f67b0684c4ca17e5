namespace Pacs.Api.Wado;

/// <summary>How instances are put into an answer.</summary>
internal enum InstanceForm
{
    /// <summary>multipart/related; type="application/dicom": a part for each. The default.</summary>
    Multipart,

    /// <summary>application/dicom: one instance is the body.</summary>
    SinglePart,

    /// <summary>application/zip: a file for each.</summary>
    Zip,
}
