using System.Text;
using Microsoft.EntityFrameworkCore;
using Pacs.Storage.Model;

namespace Pacs.Storage.Indexing;

/// <summary>The index. Tables are made by <see cref="Migrations"/>; columns are the properties' names in snake_case.</summary>
public sealed class PacsDbContext(DbContextOptions<PacsDbContext> options) : DbContext(options)
{
    public DbSet<Patient> Patients => Set<Patient>();
    public DbSet<Study> Studies => Set<Study>();
    public DbSet<Series> Series => Set<Series>();
    public DbSet<Instance> Instances => Set<Instance>();
    public DbSet<InstanceVersion> InstanceVersions => Set<InstanceVersion>();
    public DbSet<Conflict> Conflicts => Set<Conflict>();
    public DbSet<DeletedObject> DeletedObjects => Set<DeletedObject>();
    public DbSet<Change> Changes => Set<Change>();
    public DbSet<ApiKeyRow> ApiKeys => Set<ApiKeyRow>();

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<Patient>().ToTable("patients");
        modelBuilder.Entity<Study>().ToTable("studies").HasOne<Patient>().WithMany().HasForeignKey(s => s.PatientKey);
        modelBuilder.Entity<Series>().ToTable("series").HasOne<Study>().WithMany().HasForeignKey(s => s.StudyKey);
        modelBuilder.Entity<Instance>().ToTable("instances").HasOne<Series>().WithMany().HasForeignKey(i => i.SeriesKey);
        modelBuilder.Entity<InstanceVersion>().ToTable("instance_versions");
        modelBuilder.Entity<Conflict>().ToTable("conflicts");
        modelBuilder.Entity<DeletedObject>().ToTable("deleted_objects").HasKey(d => d.Uid);
        modelBuilder.Entity<Change>().ToTable("changes").HasKey(c => new { c.TransactionId, c.Id });
        modelBuilder.Entity<Change>().Property(c => c.TransactionId).HasColumnType("xid8");
        modelBuilder.Entity<ApiKeyRow>().ToTable("api_keys");

        foreach (var property in modelBuilder.Model.GetEntityTypes().SelectMany(e => e.GetProperties()))
            property.SetColumnName(SnakeCase(property.Name));
    }

    private static string SnakeCase(string name)
    {
        var column = new StringBuilder(name.Length + 8);
        foreach (var c in name)
        {
            if (char.IsUpper(c) && column.Length > 0) column.Append('_');
            column.Append(char.ToLowerInvariant(c));
        }
        return column.ToString();
    }
}
