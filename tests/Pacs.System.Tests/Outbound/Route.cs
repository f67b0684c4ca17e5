namespace Pacs.System.Tests.Outbound;

/// <summary>How objects are sent.</summary>
public enum Route
{
    /// <summary>C-STORE to DCMTK's storescp.</summary>
    StoreScp,
    /// <summary>C-STORE to Orthanc.</summary>
    OrthancDimse,
    /// <summary>STOW-RS to Orthanc's DICOMweb plugin.</summary>
    OrthancWeb,
}
