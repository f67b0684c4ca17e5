namespace Pacs.Storage.Hosting;

/// <summary>What one process does. Several are written with commas: <c>Dimse,Worker</c>.</summary>
[Flags]
public enum PacsRoles
{
    None = 0,
    /// <summary>Listens for DICOM associations.</summary>
    Dimse = 1,
    /// <summary>REST and DICOMweb.</summary>
    Api = 2,
    /// <summary>Outbound jobs and maintenance.</summary>
    Worker = 4,
    All = Dimse | Api | Worker,
}
